"""What the pages show, and how: words, dates, templates."""
