"""Each version shows its text from its own turn on; whatever has been read already had it."""

import django.db.models.deletion
from django.db import migrations, models


def had_their_turn(apps, schema_editor):
    """Give each version whose content has been read its row, in the database itself."""
    quote = schema_editor.quote_name
    table = {
        name: quote(apps.get_model("documents", name)._meta.db_table)
        for name in ("Version", "Extraction", "VersionText")
    }
    schema_editor.execute(
        f"INSERT INTO {table['VersionText']} (version_id, extraction_id) "
        f"SELECT v.id, e.blob_id FROM {table['Version']} v "
        f"JOIN {table['Extraction']} e ON e.blob_id = v.blob_id"
    )


class Migration(migrations.Migration):

    dependencies = [
        ('documents', '0005_recent_by_scope'),
    ]

    operations = [
        migrations.CreateModel(
            name='VersionText',
            fields=[
                ('version', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='+', serialize=False, to='documents.version')),
                ('extraction', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='documents.extraction')),
            ],
            options={
                'default_permissions': (),
            },
        ),
        migrations.RunPython(had_their_turn, migrations.RunPython.noop),
    ]
