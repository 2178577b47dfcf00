"""Reading LDAP directories: connection, schemas, snapshot, synchronisation."""
