"""The project: settings, URLs, middleware, and the servers it can bring along."""

# Shared tasks reach their broker through this application, so it is made in every process.
from config.celery import app as celery_app

__all__ = ["celery_app"]
