"""The published language: event models, catalogue, examples, schemas."""
