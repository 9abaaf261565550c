"""Agendas, absences, motives, and the free slots."""
