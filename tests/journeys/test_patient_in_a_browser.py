"""A patient's whole path in a real browser, against the whole demo: nothing in it is a stand-in."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from demo.api import Api
from playwright.sync_api import expect

pytestmark = pytest.mark.timeout(600)


def national(phone: str) -> str:
    return "0" + phone.removeprefix("+33")


def unfolded(calendar: str) -> str:
    return calendar.replace("\r\n ", "").replace("\n ", "")


def calendar_of(message: dict[str, Any]) -> str:
    return unfolded(
        next(part["text"] for part in message["attachments"] if part["text"] and "BEGIN:VCALENDAR" in part["text"])
    )


def find(someone: Any, motive: str = "Première consultation de dermatologie") -> None:
    """From the start page to the free times of a motive."""
    someone.go("/")
    someone.fill(q="dermatologue", where="angers")
    someone.press("Rechercher")
    expect(someone.page.locator("h1")).to_contain_text("dermatologue")
    card = (
        someone.page.locator("li.result")
        .filter(has_text="Dr Jeanne Exemple")
        .filter(has_text="Prendre rendez-vous")
        .first
    )
    expect(card).to_contain_text("Prochain créneau")
    assert re.search(r"à \d+(,\d)?\s(m|km)", card.inner_text())
    someone.follow(card.get_by_role("link", name="Dr Jeanne Exemple", exact=True))
    someone.follow(someone.page.locator(".motives li").filter(has_text=motive).first.get_by_role("link").first)
    look_ahead(someone)


def look_ahead(someone: Any) -> None:
    """To the week after the next: on no day of the week is a time there too near to be booked, or to be cancelled."""
    for _ in range(2):
        someone.press("Semaine suivante")


def take_a_time(someone: Any, nth: int = 0) -> str:
    """Press the nth free time; its value."""
    button = someone.page.locator("button.time").nth(nth)
    start = str(button.get_attribute("value"))
    someone.follow(button)
    return start


def offered(someone: Any, address: str, start: str) -> bool:
    someone.page.goto(address)
    return bool(someone.page.locator(f'button.time[value="{start}"]:not(.yours)').count())


def test_a_patient_books_for_a_relative_on_a_phone_and_cancels(
    demo: Any, person: Any, newcomer: Any, tmp_path: Path, eventually: Any
) -> None:
    camille, other = person(width=390), person(width=1280)

    find(camille)
    times = camille.page.url
    start = take_a_time(camille, 1)
    assert camille.sees("Votre créneau est gardé")
    assert camille.sees("minutes pour terminer")
    eventually("nobody else is offered the held time", lambda: not offered(other, times, start))

    camille.press("Créer un compte")
    camille.press("Recevoir le code")
    assert camille.sees("Indiquez votre numéro de mobile")
    camille.fill(phone=national(newcomer.phone))
    camille.press("Recevoir le code")
    code = re.search(r"\b\d{6}\b", demo.message(newcomer.phone, "sms", "code")["text"])
    assert code is not None
    camille.fill(code="12", first_name="Camille", last_name="Essai", birth_day="27", birth_month="3", birth_year="1984")
    camille.choose("Féminin")
    camille.fill(email=newcomer.email, password=newcomer.password)
    camille.press("Créer mon compte")
    assert camille.sees("Le code a 6 chiffres")
    assert camille.page.input_value("#first_name") == "Camille", "a refusal loses nothing of what was typed"
    camille.fill(code=code[0], password=newcomer.password)
    camille.choose("J’accepte les conditions")
    camille.press("Créer mon compte")
    assert camille.sees("Plus qu'un clic")

    letter = demo.message(newcomer.email, "email", "/sign-up/confirm?token=")
    link = re.search(r"http\S+/sign-up/confirm\?token=\S+", letter["text"])
    assert link is not None
    camille.go(link[0])
    camille.press("Confirmer mon adresse")
    assert camille.page.input_value("#email") == newcomer.email
    camille.fill(password=newcomer.password)
    camille.press("Se connecter")

    assert camille.sees("Pour qui est ce rendez-vous")
    add_a_child(camille, "Léo", "Essai")
    camille.press("Continuer")
    camille.press("Continuer")
    assert camille.sees("Le cabinet a besoin de cette réponse")
    camille.choose("Non")
    camille.page.locator("textarea").first.fill("Depuis deux semaines.")
    camille.press("Continuer")
    assert camille.sees("Tout est juste")
    assert camille.sees("Depuis deux semaines.")
    camille.press("Confirmer le rendez-vous")
    assert camille.sees("Votre rendez-vous est confirmé")
    assert camille.sees("Léo Essai")

    invitation = calendar_of(demo.message(newcomer.email, "email", "METHOD:REQUEST"))
    uid = re.search(r"UID:(\S+)", invitation)
    assert uid is not None
    with camille.page.expect_download() as downloading:
        camille.page.get_by_role("link", name="Ajouter à mon agenda").click()
    file = tmp_path / "rendez-vous.ics"
    downloading.value.save_as(file)
    kept = unfolded(file.read_text())
    assert f"UID:{uid[1]}" in kept
    assert "METHOD:PUBLISH" in kept
    assert re.search(r"DTSTART:\d{8}T\d{6}Z", kept)
    camille.press("Mes rendez-vous", within="header")
    assert camille.page.locator("li.entry").count() == 1

    camille.follow(camille.page.locator("li.entry a"))
    camille.press("Annuler le rendez-vous")
    camille.press("Non, le garder")
    camille.press("Annuler le rendez-vous")
    camille.page.fill("#reason", "Guéri.")
    camille.press("Oui, annuler")
    assert camille.sees("Le rendez-vous est annulé")
    withdrawal = calendar_of(demo.message(newcomer.email, "email", "METHOD:CANCEL"))
    assert f"UID:{uid[1]}" in withdrawal
    eventually("the cancelled time is offered again", lambda: offered(other, times, start))

    camille.press("Se déconnecter", within="header")
    camille.go("/appointments")
    assert camille.sees("Connectez-vous pour voir cette page")


def test_everything_works_without_javascript(demo: Any, person: Any) -> None:
    patient, someone = demo.patient(-1), person(width=1280, scripts=False)
    find(someone, "Suivi dermatologique")
    take_a_time(someone)
    someone.press("Se connecter")
    log_in(someone, {**patient, "password": "not this one at all"})
    assert someone.sees("L'adresse e-mail ou le mot de passe est incorrect")
    log_in(someone, patient)
    assert someone.sees("Pour qui est ce rendez-vous")
    someone.press("Continuer")
    someone.choose("Oui")
    for box in someone.page.locator("textarea").all():
        box.fill("Rien à signaler.")
    someone.press("Continuer")
    someone.press("Confirmer le rendez-vous")
    assert someone.sees("Votre rendez-vous est confirmé")
    someone.press("Annuler le rendez-vous")
    someone.press("Oui, annuler")
    assert someone.sees("Le rendez-vous est annulé")


def test_who_comes_second_is_shown_the_next_times(person: Any) -> None:
    first, second = person(width=1280), person(width=390)
    find(first)
    second.go(first.page.url)
    wanted = take_a_time(first, 3)
    second.follow(second.page.locator(f'button.time[value="{wanted}"]'))
    assert second.sees("Ce créneau n'est plus disponible")
    assert second.page.locator("button.time").count() > 0
    assert second.page.locator(f'button.time[value="{wanted}"]').count() == 0
    take_a_time(second)
    assert second.sees("Votre créneau est gardé")
    first.press("Choisir un autre créneau")
    assert first.sees("Choisissez un créneau")


def log_in(someone: Any, patient: dict[str, str]) -> None:
    someone.fill(email=patient["email"], password=patient["password"])
    someone.press("Se connecter")


def add_a_child(someone: Any, first_name: str, last_name: str) -> None:
    """From a page that asks who the visit is for, and back to it: the child is chosen there."""
    someone.press("Ajouter un proche")
    someone.choose("Enfant")
    someone.fill(first_name=first_name, last_name=last_name, birth_day="2", birth_month="6", birth_year="2019")
    someone.choose("Masculin")
    someone.press("Ajouter")
    child = someone.page.locator("label").filter(has_text=f"{first_name} {last_name}")
    assert child.locator("input").is_checked()


def test_a_hold_that_ran_out_loses_nothing_of_what_was_typed(demo: Any, person: Any) -> None:
    someone = person(width=390)
    find(someone)
    take_a_time(someone, 4)
    someone.press("Se connecter")
    log_in(someone, demo.patient(-2))
    someone.press("Continuer")
    someone.choose("Non")
    someone.page.locator("textarea").first.fill("Depuis le printemps.")
    someone.press("Continuer")
    demo.wait_in_demo_time("PT21M")
    someone.press("Confirmer le rendez-vous")
    assert someone.sees("Le temps pour réserver ce créneau est écoulé")
    take_a_time(someone)
    someone.press("Continuer")
    assert someone.page.locator("textarea").first.input_value() == "Depuis le printemps."
    someone.press("Continuer")
    someone.press("Confirmer le rendez-vous")
    assert someone.sees("Votre rendez-vous est confirmé")


def test_who_is_busy_then_keeps_the_slot_and_books_for_somebody_else(demo: Any, person: Any) -> None:
    someone, patient = person(width=1280), demo.patient(-3)
    find(someone)
    start = take_a_time(someone, 5)
    someone.press("Se connecter")
    log_in(someone, patient)
    someone.press("Continuer")
    someone.choose("Oui")
    someone.page.locator("textarea").first.fill("Un suivi.")
    someone.press("Continuer")
    someone.press("Confirmer le rendez-vous")
    assert someone.sees("Votre rendez-vous est confirmé")

    someone.go("/search?q=paul+essai&where=angers")
    card = someone.page.locator("li.result").filter(has_text="Dr Paul Essai").filter(has_text="Prendre rendez-vous")
    someone.follow(card.first.get_by_role("link", name="Dr Paul Essai", exact=True))
    profile = someone.page.url
    same = someone.page.locator(f'button.time[value="{start}"]')
    for n in range(someone.page.locator(".motives li").filter(has_text="Bilan de santé").count()):
        bilan = someone.page.locator(".motives li").filter(has_text="Bilan de santé").nth(n)
        someone.follow(bilan.get_by_role("link").first)
        look_ahead(someone)
        if same.count():
            break
        someone.go(profile)
    if not same.is_visible():
        someone.page.locator("details").filter(has=same).locator("summary").click()
    someone.follow(same)
    someone.press("Continuer")
    someone.choose("Non")
    someone.page.locator("textarea").first.fill("Un bilan.")
    someone.press("Continuer")
    someone.press("Confirmer le rendez-vous")
    assert someone.sees("Cette personne a déjà un autre rendez-vous")
    someone.press("Ajouter un proche")
    someone.choose("Parent")
    someone.fill(first_name="Odile", last_name="Dessablons", birth_day="1", birth_month="1", birth_year="1950")
    someone.choose("Féminin")
    someone.press("Ajouter")
    someone.press("Continuer")
    assert someone.page.locator("textarea").first.input_value() == "Un bilan."
    someone.press("Continuer")
    someone.press("Confirmer le rendez-vous")
    assert someone.sees("Votre rendez-vous est confirmé")
    assert someone.sees("Odile Dessablons")


def book(someone: Any, patient: dict[str, str]) -> None:
    """From the held time to the page of the confirmed appointment."""
    someone.press("Se connecter")
    log_in(someone, patient)
    someone.press("Continuer")
    someone.choose("Oui")
    for box in someone.page.locator("textarea").all():
        box.fill("Un suivi.")
    someone.press("Continuer")
    someone.press("Confirmer le rendez-vous")
    assert someone.sees("Votre rendez-vous est confirmé")


def cancel(someone: Any) -> None:
    """From the page of an appointment."""
    someone.press("Annuler le rendez-vous")
    someone.press("Oui, annuler")
    assert someone.sees("Le rendez-vous est annulé")


def link_of_the_offer(demo: Any, someone: Any, patient: dict[str, str]) -> str:
    """Where the mail about an earlier time leads, for the appointment that is open."""
    link = str(someone.page.url)
    demo.message(patient["email"], "email", f"Voir la proposition et l'accepter :\n{link}\n")
    return link


def test_who_waits_is_led_by_the_mail_to_the_earlier_time_and_takes_it(demo: Any, person: Any) -> None:
    first, later = person(width=1280), person(width=390, scripts=False)
    find(first, "Suivi dermatologique")
    later.go(first.page.url)
    take_a_time(first, 2)
    book(first, demo.patient(-4))
    later.press("Semaine suivante")
    take_a_time(later, 2)
    book(later, demo.patient(-5))
    later.press("Me prévenir si un créneau plus tôt se libère")
    later.press("Ne plus me prévenir")
    assert later.sees("vous ne serez plus prévenu")
    later.press("Me prévenir si un créneau plus tôt se libère")
    assert later.sees("nous vous préviendrons si")

    cancel(first)
    link = link_of_the_offer(demo, later, demo.patient(-5))
    later.go(link + "?lang=en")
    assert later.sees("An earlier time is free")
    assert later.sees("Offered to you until")
    later.go(link + "?lang=fr")
    assert later.sees("Proposé jusqu'au")
    earlier = later.page.locator(".earlier strong").inner_text()
    assert later.page.locator("dd").first.inner_text() != earlier
    later.page.get_by_role("button", name="Prendre ce créneau").focus()
    with later.page.expect_navigation(wait_until="load"):
        later.page.keyboard.press("Enter")
    later.look()
    assert later.sees("Votre rendez-vous est avancé")
    assert not later.sees("Un créneau plus tôt s'est libéré")
    assert later.page.locator("dd").first.inner_text() == earlier
    cancel(later)


def test_an_earlier_time_that_ran_out_leaves_the_appointment_as_it_is(demo: Any, person: Any) -> None:
    first, later = person(width=1280), person(width=390)
    find(first, "Suivi dermatologique")
    later.go(first.page.url)
    take_a_time(first, 3)
    book(first, demo.patient(-4))
    later.press("Semaine suivante")
    take_a_time(later, 3)
    book(later, demo.patient(-6))
    when = later.page.locator("dd").first.inner_text()
    later.press("Me prévenir si un créneau plus tôt se libère")
    cancel(first)
    later.go(link_of_the_offer(demo, later, demo.patient(-6)))
    demo.wait_in_demo_time("PT2H1M")
    later.press("Prendre ce créneau")
    assert later.sees("L'horaire plus tôt n'était proposé qu'un temps")
    assert later.page.locator("dd").first.inner_text() == when
    assert not later.sees("Prendre ce créneau")
    cancel(later)


def test_an_appointment_is_moved_and_an_old_link_does_no_harm(demo: Any, person: Any) -> None:
    someone = person(width=390, scripts=False)
    find(someone, "Suivi dermatologique")
    take_a_time(someone, 4)
    book(someone, demo.patient(-7))
    link, before = someone.page.url, someone.page.locator("dd").first.inner_text()
    someone.press("Déplacer")
    assert someone.sees("Votre rendez-vous actuel est maintenu")
    take_a_time(someone, 1)
    assert someone.page.locator(".swap dd").first.inner_text().replace("\n", ", ") == before
    after = someone.page.locator(".swap dd").last.inner_text().replace("\n", ", ")
    someone.press("Non, garder le créneau actuel")
    assert someone.page.locator("dd").first.inner_text() == before
    someone.press("Déplacer")
    old = someone.context.new_page()
    old.goto(someone.page.url)
    take_a_time(someone, 1)
    someone.press("Oui, déplacer le rendez-vous")
    assert someone.sees("Le rendez-vous est déplacé")
    assert someone.page.locator("dd").first.inner_text() == after
    with old.expect_navigation(wait_until="load"):
        old.locator("button.time").nth(3).click()
    assert "a changé entre-temps" in old.inner_text("main").replace("\u2011", "-")
    someone.go(f"{link}?lang=en")
    assert someone.page.url.startswith(link)
    assert someone.sees("Move")
    someone.go(f"{link}?lang=fr")
    cancel(someone)
    someone.go(f"{link}/move")
    assert not someone.page.locator("button.time").count()


def confirm_another(someone: Any, nth: int) -> None:
    """Who has logged in takes another time of the same motive and comes to its end."""
    find(someone, "Suivi dermatologique")
    take_a_time(someone, nth)
    someone.press("Continuer")
    someone.choose("Oui")
    someone.page.locator("textarea").first.fill("Un suivi.")
    someone.press("Continuer")
    someone.press("Confirmer le rendez-vous")


def test_of_two_visits_too_close_the_first_is_kept_or_replaced(demo: Any, person: Any) -> None:
    someone = person(width=390)
    find(someone, "Suivi dermatologique")
    take_a_time(someone, 6)
    book(someone, demo.patient(-8))
    first = someone.page.url
    confirm_another(someone, 7)
    assert someone.sees("Lequel voulez-vous garder")
    someone.press("Garder ce rendez-vous")
    assert someone.page.url == first
    assert someone.sees("Votre premier rendez-vous est maintenu")
    confirm_another(someone, 7)
    someone.press("Prendre le nouveau à la place")
    assert someone.sees("remplace le précédent")
    assert someone.page.url != first
    cancel(someone)
    someone.go(first)
    assert someone.sees("Annulé")


def test_a_slot_held_in_one_browser_is_found_and_given_up_in_another(demo: Any, person: Any) -> None:
    one, other = person(width=1280), person(width=390)
    find(one, "Suivi dermatologique")
    take_a_time(one, 5)
    one.press("Se connecter")
    log_in(one, demo.patient(-9))
    other.go("/log-in?next=/appointments")
    log_in(other, demo.patient(-9))
    assert other.sees("est réservé jusqu'à")
    other.press("Reprendre la réservation")
    assert other.sees("Pour qui est ce rendez-vous")
    other.go("/appointments")
    other.press("Libérer ce créneau")
    assert other.sees("Le créneau est libéré")
    one.go("/appointments")
    assert not one.sees("est réservé jusqu'à")


def test_a_listed_practitioner_can_be_recommended_but_not_booked(person: Any) -> None:
    someone = person(width=390)
    someone.go("/search?q=dermatologue&where=angers")
    someone.follow(
        someone.page.locator("li.result").filter(has_text="Pas de réservation en ligne").first.locator("h2 a")
    )
    assert someone.sees("Pas encore de réservation en ligne")
    someone.press("Suggérer de nous rejoindre")
    assert someone.sees("Merci !")


def test_the_site_speaks_english_and_remembers_it(person: Any) -> None:
    someone = person(width=1280, locale="fr-FR")
    someone.go("/")
    someone.press("English", within="footer")
    assert someone.page.locator("html").get_attribute("lang") == "en"
    someone.go("/search?q=dermatologist&where=angers")
    assert someone.sees("Next free time")
    reader = person(locale="en-GB")
    reader.go("/log-in")
    assert reader.page.locator("html").get_attribute("lang") == "en"


def test_the_keyboard_is_enough_to_search(person: Any) -> None:
    someone = person(width=1280)
    someone.go("/")
    keyboard = someone.page.keyboard
    keyboard.press("Tab")
    assert someone.page.evaluate("document.activeElement.className") == "skip"
    keyboard.press("Enter")
    keyboard.press("Tab")
    assert someone.page.evaluate("document.activeElement.id") == "q"
    keyboard.type("dermatologue")
    keyboard.press("Tab")
    keyboard.type("angers")
    with someone.page.expect_navigation(wait_until="load"):
        keyboard.press("Enter")
    expect(someone.page.locator("h1")).to_contain_text("dermatologue")
    someone.look()
    assert someone.page.locator("li.result").count() > 0


def test_the_cookies_are_sealed_and_out_of_reach_of_other_sites(person: Any) -> None:
    someone = person()
    find(someone)
    take_a_time(someone)
    cookies = {cookie["name"]: cookie for cookie in someone.context.cookies()}
    assert {"__Host-session", "__Host-draft"} <= cookies.keys()
    for cookie in cookies.values():
        assert cookie["secure"]
        assert cookie["httpOnly"]
        assert cookie["sameSite"] == "Lax"
        assert cookie["path"] == "/"


def test_two_visits_are_chosen_one_after_the_other_and_booked_together(demo: Any, person: Any) -> None:
    someone, other = person(width=390), person(width=1280)
    for one in (someone, other):
        one.go("/search?q=paul+essai&where=angers")
        card = one.page.locator("li.result").filter(has_text="Dr Paul Essai").filter(has_text="Prendre rendez-vous")
        one.follow(card.first.get_by_role("link", name="Dr Paul Essai", exact=True))
        motive = one.page.locator(".motives li").filter(has_text="Vaccination en deux injections")
        one.follow(motive.first.get_by_role("link").first)
        look_ahead(one)
    take_a_time(someone)
    assert someone.sees("Choisissez l'horaire de la seconde visite")
    someone.press("Changer l’horaire de la première visite")
    assert someone.sees("Choisissez un créneau")
    take_a_time(someone)
    second_visit = someone.page.url

    take_a_time(other, 6)
    same = other.page.locator("button.time").first.get_attribute("value")
    take_a_time(other)
    assert other.sees("Votre créneau est gardé")
    someone.follow(someone.page.locator(f'button.time[value="{same}"]'))
    assert someone.sees("Quelqu'un est en train de réserver ce créneau")
    assert someone.sees("Choisissez l'horaire de la seconde visite")

    take_a_time(someone)
    assert someone.sees("Seconde visite")
    someone.press("Se connecter")
    log_in(someone, demo.patient(-4))
    someone.press("Continuer")
    someone.choose("Non")
    someone.press("Continuer")
    assert someone.sees("Seconde visite")
    someone.press("Confirmer le rendez-vous")
    assert someone.sees("Votre rendez-vous est confirmé")
    assert someone.sees("Vaccination en deux injections")
    linked = someone.page.locator("main").get_by_text("Va avec la visite du").get_by_role("link")
    someone.follow(linked)
    assert someone.sees("Vaccination : seconde injection")
    assert someone.sees("Va avec la visite du")
    someone.press("Annuler le rendez-vous")
    assert someone.sees("Va avec la visite du")
    assert someone.sees("cette autre visite peut être annulée en même temps")

    other.go(second_visit)
    take_a_time(other)
    assert other.sees("Ce créneau n'est plus disponible"), "the first time is gone, which no other second visit mends"
    take_a_time(other)
    assert other.sees("Choisissez l'horaire de la seconde visite")


def test_the_second_of_two_visits_is_had_in_the_mode_that_is_chosen_for_it(demo: Any, person: Any) -> None:
    someone = person(width=390)
    someone.go("/search?q=paul+essai&where=angers")
    card = someone.page.locator("li.result").filter(has_text="Dr Paul Essai").filter(has_text="Prendre rendez-vous")
    someone.follow(card.first.get_by_role("link", name="Dr Paul Essai", exact=True))
    motive = someone.page.locator(".motives li").filter(has_text="Vaccination en deux injections")
    someone.follow(motive.first.get_by_role("link", name="En vidéo"))
    look_ahead(someone)
    take_a_time(someone)
    chosen = someone.page.locator(".ways [aria-current]")
    expect(chosen).to_contain_text("En vidéo")
    someone.press("Au cabinet")
    expect(chosen).to_contain_text("Au cabinet")
    assert someone.sees("MAISON DE SANTE FICTIVE")
    take_a_time(someone)
    assert someone.sees("Au cabinet")
    someone.press("Se connecter")
    log_in(someone, demo.patient(-4))
    someone.press("Continuer")
    someone.choose("Non")
    someone.press("Continuer")
    second = someone.page.locator("dt").filter(has_text="Seconde visite").locator("xpath=following-sibling::dd")
    expect(second).to_contain_text("Maison de Sante Fictive")
    expect(someone.page.locator("dd").filter(has_text="Consultation vidéo")).to_have_count(1)


def test_a_time_whose_room_a_colleague_has_taken_is_said_with_the_next_ones(person: Any) -> None:
    french, english, other = person(width=390), person(width=1280, locale="en-GB"), person(width=1280)
    for one, name in ((french, "Paul Essai"), (english, "Paul Essai"), (other, "Agathe Gabarit")):
        one.go(f"/search?q={name.replace(' ', '+')}&where=angers")
        card = one.page.locator("li.result").filter(has_text=f"Dr {name}").filter(has_text="Avenue Pasteur")
        one.follow(card.first.get_by_role("link", name=f"Dr {name}", exact=True))
        motive = one.page.locator(".motives li").filter(has_text="Échographie")
        one.follow(motive.first.get_by_role("link").first)
        one.follow(one.page.locator("a.arrow[rel=next]"))
    start = take_a_time(other)
    for one, said in ((french, "n'a plus de salle libre"), (english, "has no room left for this visit")):
        one.follow(one.page.locator(f'button.time[value="{start}"]'))
        assert one.sees(said)
        assert one.page.locator(f'button.time[value="{start}"]').count() == 0
        assert one.page.locator("button.time").count() > 0
    take_a_time(french)
    assert french.sees("Votre créneau est gardé")


def ask_for_a_time(someone: Any, nth: int) -> None:
    """From the practitioner's page of the motive that the practice confirms to the form of the request."""
    someone.go("/search?q=dermatologue&where=angers")
    card = someone.page.locator("li.result").filter(has_text="Dr Jeanne Exemple")
    someone.follow(card.first.get_by_role("link", name="Dr Jeanne Exemple", exact=True))
    motive = someone.page.locator(".motives li").filter(has_text="Petite chirurgie de la peau").first
    someone.follow(motive.get_by_role("link").first)
    for _ in range(2):
        someone.follow(someone.page.locator("a.arrow[rel=next]"))
    someone.follow(someone.page.locator("a.time").nth(nth))


def answer_as_the_practice(demo: Any, address: str, answer: str, body: dict[str, Any]) -> None:
    """What a practice's own software would do, for the request of that page."""
    request_id, login = address.rpartition("/")[2], demo.facts["logins"]["practitioner"]
    practice = Api(demo.facts["services"]).logged_in(login["email"], login["password"])
    practice.post("booking", f"/v1/requests/{request_id}/{answer}", body)


def test_a_visit_that_the_practice_confirms_is_asked_for_and_accepted(demo: Any, person: Any, eventually: Any) -> None:
    someone, patient = person(width=390, scripts=False), demo.patient(-10)
    ask_for_a_time(someone, 1)
    assert someone.sees("Créez un compte ou connectez-vous pour envoyer votre demande")
    someone.press("Se connecter")
    log_in(someone, patient)
    someone.page.fill("#message", "Plutôt le matin.")
    add_a_child(someone, "Noé", "Dessablons")
    assert someone.page.input_value("#message") == "Plutôt le matin."
    assert someone.sees("Le cabinet répond au plus tard le")
    someone.press("Envoyer la demande")
    assert someone.sees("Votre demande est bien reçue")
    assert someone.sees("Rien n'est réservé pour l'instant")
    link = someone.page.url
    demo.message(patient["email"], "email", link)
    someone.go("/appointments")
    waiting = someone.page.locator("section").filter(has_text="En attente d’une réponse")
    expect(waiting.locator(".entry")).to_contain_text("Demande en attente")
    ask_for_a_time(someone, 1)  # a request keeps no time: it can be asked for again
    someone.choose("Noé")
    someone.press("Envoyer la demande")
    assert someone.sees("attend déjà la réponse de ce praticien")
    someone.press("Voir ma demande en attente")
    assert someone.page.url == link

    answer_as_the_practice(demo, link, "approve", {})
    someone.press("Retirer la demande")
    assert someone.sees("elle ne peut plus être retirée")
    assert someone.sees("Demande acceptée")
    someone.press("Voir le rendez-vous")
    assert someone.sees("Confirmé")
    assert someone.sees("Pour changer l'horaire de ce rendez-vous, appelez le cabinet")
    assert not someone.page.get_by_role("link", name="Déplacer").count()
    eventually("it is an appointment, and waits no more", lambda: _has_no_request(someone))
    someone.follow(someone.page.locator(".entry h3 a").first)
    cancel(someone)


def _has_no_request(someone: Any) -> bool:
    someone.go("/appointments")
    return someone.page.locator(".entry").count() > 0 and not someone.sees("En attente d’une réponse")


def test_a_request_is_declined_with_a_word_or_withdrawn(demo: Any, person: Any) -> None:
    someone = person(width=1280)
    someone.go("/log-in")
    log_in(someone, demo.patient(-11))
    ask_for_a_time(someone, 2)
    someone.press("Envoyer la demande")
    link = someone.page.url
    answer_as_the_practice(demo, link, "decline", {"reason": "Nous n'opérons plus ce mois-ci."})
    letter = demo.message(demo.patient(-11)["email"], "email", "ne peut pas vous recevoir")
    assert link in letter["text"]
    assert "opérons" not in letter["text"]
    someone.go(link)
    assert someone.sees("Demande non acceptée")
    assert someone.sees("Nous n'opérons plus ce mois-ci.")
    someone.press("Demander un autre horaire")
    assert someone.sees("Quel horaire vous conviendrait ?")

    someone.press("English", within="footer")
    assert someone.sees("Which time would suit you?")
    someone.follow(someone.page.locator("a.arrow[rel=next]"))
    someone.follow(someone.page.locator("a.time").first)
    assert someone.sees("Nothing is booked until the practice has accepted")
    someone.press("Send the request")
    assert someone.sees("Your request was received")
    someone.page.get_by_role("button", name="Withdraw the request").focus()
    with someone.page.expect_navigation(wait_until="load"):
        someone.page.keyboard.press("Enter")
    someone.look()
    assert someone.sees("Request withdrawn")
    someone.go("/appointments")
    assert someone.sees("Request not accepted")
    assert not someone.sees("Waiting for an answer")
