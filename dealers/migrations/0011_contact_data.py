"""How dealers and stores are reached."""

import dealers.models.network
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('dealers', '0010_people_without_mail'),
    ]

    operations = [
        migrations.AddField(
            model_name='dealer',
            name='contact',
            field=models.CharField(blank=True, help_text='Whom to ask for, where it is not the owner.', max_length=120, verbose_name='contact person'),
        ),
        migrations.AddField(
            model_name='dealer',
            name='phone',
            field=models.CharField(blank=True, help_text='Landline or mobile, for example 0571-8765 4321.', max_length=30, validators=[dealers.models.network.validate_phone], verbose_name='phone'),
        ),
        migrations.AddField(
            model_name='dealer',
            name='email',
            field=models.EmailField(blank=True, max_length=254, verbose_name='e-mail'),
        ),
        migrations.AddField(
            model_name='dealer',
            name='address',
            field=models.CharField(blank=True, max_length=240, verbose_name='postal address'),
        ),
        migrations.AddField(
            model_name='store',
            name='phone',
            field=models.CharField(blank=True, help_text='Landline or mobile, for example 0571-8765 4321.', max_length=30, validators=[dealers.models.network.validate_phone], verbose_name='phone'),
        ),
        migrations.AddField(
            model_name='store',
            name='address',
            field=models.CharField(blank=True, max_length=240, verbose_name='postal address'),
        ),
        migrations.AddConstraint(
            model_name='dealer',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('contact__regex', '[\\u0001-\\u001f\\u007f-\\u009f\\u061c\\u200e\\u200f\\u2028-\\u202e\\u2066-\\u2069]'), _negated=True), models.Q(('address__regex', '[\\u0001-\\u001f\\u007f-\\u009f\\u061c\\u200e\\u200f\\u2028-\\u202e\\u2066-\\u2069]'), _negated=True)), name='dealer_contact_is_legible', violation_error_message='There is an invisible character in it. Type it by hand instead of pasting it.'),
        ),
        migrations.AddConstraint(
            model_name='dealer',
            constraint=models.CheckConstraint(condition=models.Q(('phone', ''), ('phone__regex', '^\\+?[0-9][0-9 -]*$'), _connector='OR'), name='dealer_phone_is_a_number', violation_error_message='A phone number has digits, spaces and hyphens only.'),
        ),
        migrations.AddConstraint(
            model_name='store',
            constraint=models.CheckConstraint(condition=models.Q(('address__regex', '[\\u0001-\\u001f\\u007f-\\u009f\\u061c\\u200e\\u200f\\u2028-\\u202e\\u2066-\\u2069]'), _negated=True), name='store_address_is_legible', violation_error_message='There is an invisible character in it. Type it by hand instead of pasting it.'),
        ),
        migrations.AddConstraint(
            model_name='store',
            constraint=models.CheckConstraint(condition=models.Q(('phone', ''), ('phone__regex', '^\\+?[0-9][0-9 -]*$'), _connector='OR'), name='store_phone_is_a_number', violation_error_message='A phone number has digits, spaces and hyphens only.'),
        ),
    ]
