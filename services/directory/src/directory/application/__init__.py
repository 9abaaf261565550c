"""What happens on an import, a claim or an event: plain functions between the domain and the edges."""
