"""An SMS is one GSM-7 part and tells nobody what the visit is for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from notification.domain.appointment import Moved
from notification.domain.gsm7 import PART_SEPTETS, septets, to_gsm7
from notification.domain.sms_text import Told, cancellation_sms_text, move_sms_text, offer_sms_text, reminder_sms

LINK = "https://rendezvous.example/appointments/7f3c2a9e-1111-4222-8333-123456789abc"
ALL = "https://rendezvous.example/appointments"


def test_a_reminder_says_when_with_whom_and_where_in_one_part(make_visit, make_practitioner) -> None:
    text = reminder_sms([Told(make_visit(), make_practitioner())], LINK, ALL, "fr")
    assert text == f"Rappel : RDV jeu. 03/12 à 10h20 avec Dr Lefèvre, 12 rue Imaginaire, 49000 Angers. {LINK}"
    assert septets(text) <= PART_SEPTETS


def test_what_is_too_long_for_one_part_is_left_out(make_visit, make_practitioner) -> None:
    told = Told(make_visit(), make_practitioner(last_name="Lefèvre-Imaginaire"))
    text = reminder_sms([told], LINK, ALL, "fr")
    assert text == f"Rappel : RDV jeu. 03/12 à 10h20 avec Dr Lefèvre-Imaginaire, 49000 Angers. {LINK}"


def test_a_short_link_leaves_room_for_the_address(make_visit, make_practitioner) -> None:
    text = reminder_sms([Told(make_visit(), make_practitioner())], "https://rdv.example/r/Ab3dE9xQ", ALL, "fr")
    assert text == (
        "Rappel : RDV jeu. 03/12 à 10h20 avec Dr Lefèvre, 12 rue Imaginaire, 49000 Angers. "
        "Infos, déplacer ou annuler : https://rdv.example/r/Ab3dE9xQ"
    )


def test_a_video_visit_has_no_address(make_visit, make_practitioner) -> None:
    text = reminder_sms([Told(make_visit(mode="video"), make_practitioner())], LINK, ALL, "fr")
    assert text.startswith("Rappel : RDV vidéo jeu. 03/12 à 10h20 avec Dr Lefèvre.")


def test_several_visits_of_a_day_stand_in_one_sms_in_their_order(make_visit, make_practitioner) -> None:
    first = Told(make_visit("2026-12-03T09:00"), make_practitioner())
    second = Told(make_visit("2026-12-03T14:30"), make_practitioner(last_name="Benoît"))
    text = reminder_sms([second, first], LINK, ALL, "fr")
    assert text == f"Rappel : 2 RDV jeu. 03/12 : 09h00 Dr Lefèvre, 14h30 Dr Benoit. Infos, déplacer ou annuler : {ALL}"
    many = [Told(make_visit(f"2026-12-03T{hour:02}:00"), make_practitioner()) for hour in range(8, 20)]
    assert septets(reminder_sms(many, LINK, ALL, "fr")) <= PART_SEPTETS


def test_it_speaks_english_to_those_who_chose_it(make_visit, make_practitioner) -> None:
    text = reminder_sms([Told(make_visit(), make_practitioner())], LINK, ALL, "en")
    assert text == f"Reminder: appointment Thu 3 Dec at 10:20 with Dr Lefèvre, 49000 Angers. {LINK}"


@pytest.mark.parametrize("language", ["fr", "en"])
def test_a_cancellation_says_that_the_practice_has_cancelled(make_visit, make_practitioner, language) -> None:
    text = cancellation_sms_text(Told(make_visit(), make_practitioner()), LINK, language)
    assert "Dr Lefèvre" in text
    assert LINK in text
    assert septets(text) <= PART_SEPTETS


def test_a_move_says_the_new_time_and_the_old_one_in_one_part(make_visit, make_practitioner) -> None:
    before, visit = make_visit("2026-12-03T10:20").start, make_visit("2026-12-04T09:00", version=2)
    told, moved = Told(visit, make_practitioner()), Moved(visit, before, "practice", before)
    short = "https://rdv.example/r/Ab3dE9xQ"
    assert move_sms_text(told, moved, short, "fr") == (
        f"RDV déplacé : ven. 04/12 à 09h00 (au lieu du 03/12 à 10h20) avec Dr Lefèvre, 49000 Angers. Détails : {short}"
    )
    assert move_sms_text(told, moved, LINK, "fr") == (
        f"RDV déplacé : ven. 04/12 à 09h00 (au lieu du 03/12 à 10h20) avec Dr Lefèvre. {LINK}"
    )
    assert move_sms_text(told, moved, LINK, "en") == (
        f"Appointment moved: Fri 4 Dec at 09:00 (instead of 3 Dec at 10:20) with Dr Lefèvre. {LINK}"
    )


def test_an_offer_says_the_time_and_until_when_in_one_part(make_visit, make_practitioner, make_offer) -> None:
    visit = make_visit("2026-12-20T10:20")
    offer = make_offer(visit, "2026-12-02T16:40", make_visit("2026-12-01T10:00").start)
    told, short = Told(offer.instead_of(visit), make_practitioner()), "https://rdv.example/r/Ab3dE9xQ"
    assert offer_sms_text(told, offer, short, "fr") == (
        "Un créneau s'est libéré avec Dr Lefèvre : mer. 02/12 à 16h40. Premier arrivé, premier servi, avant 12h00 : "
        f"{short}"
    )
    assert offer_sms_text(told, offer, LINK, "fr") == (
        f"Créneau libéré avec Dr Lefèvre : mer. 02/12 à 16h40, à accepter avant 12h00 : {LINK}"
    )
    assert offer_sms_text(told, offer, LINK, "en") == (
        f"Earlier time with Dr Lefèvre: Wed 2 Dec at 16:40, to be accepted before 12:00: {LINK}"
    )
    overnight = make_offer(visit, "2026-12-02T16:40", make_visit("2026-12-01T23:00").start)
    assert "avant mer. 02/12, 01h00" in offer_sms_text(told, overnight, LINK, "fr")


@pytest.mark.parametrize("language", ["fr", "en"])
def test_neither_speciality_nor_the_place_s_name_is_told(make_visit, make_practitioner, language) -> None:
    told = [Told(make_visit(), make_practitioner())]
    moved = Moved(told[0].visit, told[0].visit.start, "practice", told[0].visit.start)
    texts = [reminder_sms(told, LINK, ALL, language), cancellation_sms_text(told[0], LINK, language)]
    for text in (*texts, move_sms_text(told[0], moved, "https://rdv.example", language)):
        assert "dermato" not in text.lower()


def test_letters_outside_gsm7_become_their_nearest() -> None:
    assert to_gsm7("François Benoît, août – 1 000 € « œuvre » l’île") == (
        'Francois Benoit, aout - 1 000 € " oeuvre " l\'ile'
    )
    assert to_gsm7("à é è ù ì ò Ç É ü ñ") == "à é è ù ì ò Ç É ü ñ"
    assert to_gsm7("Ana\nBcc: x\x1b漢") == "Ana Bcc: x"


@given(name=st.text(max_size=400), link=st.text(max_size=300))
def test_whatever_the_names_are_it_stays_one_part(make_visit, make_practitioner, make_offer, name, link) -> None:
    practitioner = make_practitioner(last_name=name, first_name=name)
    for language in ("fr", "en"):
        one = Told(make_visit(), practitioner)
        for text in (reminder_sms([one], link, link, language), reminder_sms([one, one], link, link, language)):
            assert septets(text) <= PART_SEPTETS
            assert "\n" not in text
        moved = Moved(one.visit, one.visit.start, "practice", one.visit.start)
        offer = make_offer(one.visit, "2026-12-02T16:40", one.visit.start)
        texts = [move_sms_text(one, moved, link, language), offer_sms_text(one, offer, link, language)]
        for text in (*texts, cancellation_sms_text(one, link, language)):
            assert septets(text) <= PART_SEPTETS
