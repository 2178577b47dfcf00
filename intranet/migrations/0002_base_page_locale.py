from django.db import migrations
from wagtail.models import (
    BootstrapLocaleField,
    BootstrapTranslatableModel,
    BootstrapTranslationKeyField,
)


class Migration(migrations.Migration):
    dependencies = [
        ("intranet", "0001_initial"),
        ("wagtailcore", "0098_apitoken"),
    ]

    operations = [
        BootstrapLocaleField("intranet.BasePage"),
        BootstrapTranslationKeyField("intranet.BasePage"),
        BootstrapTranslatableModel("intranet.BasePage"),
    ]
