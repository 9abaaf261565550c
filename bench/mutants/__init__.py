"""Mutation score of booking's rules: how many small errors in `domain/` would some test of it notice?"""
