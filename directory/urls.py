"""Addresses of the directory app."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from directory.views import session
from directory.views.access import (
    grants,
    jobs,
    journal,
    overview,
    people,
    rules,
    scopes,
    services,
    sync,
)

app_name = "directory"
urlpatterns: list[URLPattern | URLResolver] = [
    path("sign-in/", session.sign_in, name="sign_in"),
    path("sign-in/password/", session.new_password, name="new_password"),
    path("session/", session.state, name="session"),
    path("sign-out/", session.sign_out, name="sign_out"),
    path("sign-out/elsewhere/", session.sign_out_elsewhere, name="sign_out_elsewhere"),
    path("language/", session.language, name="language"),
    path("access/", overview.overview, name="access"),
    path("access/people/", people.people, name="access_people"),
    path("access/people/offered", people.offered, name="access_people_offered"),
    path("access/people/<int:pk>/", people.person, name="access_person"),
    path("access/people/<int:pk>/join/", people.member_add, name="access_member_add"),
    path("access/people/<int:pk>/release/", people.release, name="access_release"),
    path("access/people/<int:pk>/sign-out/", people.sign_out, name="access_sign_out"),
    path("access/people/<int:pk>/close/", people.close, name="access_close"),
    path("access/people/<int:pk>/open/", people.open_again, name="access_open"),
    path("access/memberships/<int:pk>/remove/", people.member_remove, name="access_member_remove"),
    path("access/services/", services.services, name="access_services"),
    path("access/services/new/", services.service_new, name="access_service_new"),
    path("access/services/<slug:slug>/", services.service, name="access_service"),
    path("access/services/<slug:slug>/names/", services.service_edit, name="access_service_edit"),
    path("access/groups/<int:pk>/", services.group, name="access_group"),
    path("access/scopes/", scopes.scopes, name="access_scopes"),
    path("access/scopes/<int:pk>/", scopes.scope, name="access_scope"),
    path("access/scopes/<int:pk>/grant/", scopes.grant, name="access_grant"),
    path("access/grants/<slug:kind>/<int:pk>/revoke/", grants.revoke, name="access_revoke"),
    path("access/grants/<slug:kind>/<int:pk>/keep/", grants.keep, name="access_keep"),
    path("access/grants/review/", grants.review, name="access_review"),
    path("access/explain/", scopes.explain, name="access_explain"),
    path("access/directory/", sync.directory, name="access_directory"),
    path("access/directory/check/", sync.check, name="access_check"),
    path("access/directory/connection/", sync.connection, name="access_connection"),
    path("access/directory/read/", sync.read, name="access_read"),
    path("access/directory/runs/<int:pk>/", sync.run, name="access_run"),
    path("access/directory/runs/<int:pk>/approve/", sync.approve, name="access_approve"),
    path("access/jobs/", jobs.jobs, name="access_jobs"),
    path("access/rules/", rules.rules, name="access_rules"),
    path("access/rules/new/", rules.rule_new, name="access_rule_new"),
    path("access/rules/<int:pk>/", rules.rule, name="access_rule"),
    path("access/rules/<int:pk>/remove/", rules.rule_remove, name="access_rule_remove"),
    path("access/journal/", journal.journal, name="access_journal"),
    path("access/journal/export/", journal.export, name="access_journal_export"),
]
