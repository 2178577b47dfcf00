from django.db import migrations, models
from django.db.models import Min

_EXTRACTION = "documents-extraction"
_IMPORTS = 0


def give_back(apps, schema_editor):
    """Have the consumer see again what was imported: before, no person stood for it.

    What it has done meanwhile it knows; it does it no second time.
    """
    PutOff = apps.get_model("documents", "PutOff")
    imported = PutOff.objects.filter(asker=_IMPORTS)
    first = imported.aggregate(first=Min("sequence"))["first"]
    if first is not None:
        Cursor = apps.get_model("directory", "ConsumerCursor")
        Cursor.objects.filter(name=_EXTRACTION, sequence__gte=first).update(sequence=first - 1)
        imported.delete()
    apps.get_model("documents", "ReadingTime").objects.filter(asker=_IMPORTS).delete()


class Migration(migrations.Migration):
    dependencies = [
        ("directory", "0013_account_closed_by_hand"),
        ("documents", "0015_put_off"),
    ]

    operations = [
        migrations.RemoveIndex(model_name="putoff", name="put_off_in_turn"),
        migrations.RenameField(model_name="putoff", old_name="person", new_name="asker"),
        migrations.RenameField(model_name="readingtime", old_name="person", new_name="asker"),
        migrations.AlterField(
            model_name="putoff", name="asker", field=models.BigIntegerField()
        ),
        migrations.AlterField(
            model_name="readingtime",
            name="asker",
            field=models.BigIntegerField(primary_key=True, serialize=False),
        ),
        migrations.AddIndex(
            model_name="putoff",
            index=models.Index(fields=["asker", "again", "sequence"], name="put_off_in_turn"),
        ),
        migrations.RunPython(migrations.RunPython.noop, give_back),
    ]
