"""The parts that pages are made of, each declared once."""

from django import template

register = template.Library()
