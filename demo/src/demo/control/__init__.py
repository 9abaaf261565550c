"""The demo's control: its clock, and the start page that shows everything there is to visit."""
