"""What was sealed for a dealer and a field only: 0018 seals it into its own row, and all in one."""

from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [("customers", "0008_contact_due_of_the_registration"), ("dealers", "0002_outbox")]

    operations = []
