"""Speaking LDAP: connection, schemas, paged reads. Knows no database."""
