"""What a page of customers says about money."""

from django import template

from incentives.earnings import promised

register = template.Library()

register.simple_tag(promised.for_registration, name="registration_reward")
