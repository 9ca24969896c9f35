"""What bot/app.py puts together, by concern: the only places that know implementations."""
