"""All tasks, one module per kind."""

from __future__ import annotations

from dataclasses import replace

from data.recorder.script import Task
from data.recorder.tasks import (
    behaviour,
    checks,
    code_history,
    code_reports,
    comparing,
    debugging,
    library_bugs,
    library_features,
    log_reports,
    measurements,
    meetings,
    money_bugs,
    moving,
    pages,
    plans,
    programs,
    refactoring,
    rewriting,
    searching,
    shell_scripting,
    shop_data,
    todo_lists,
)

_SECTIONS = (
    shell_scripting.SECTION,
    debugging.SECTION,
    shop_data.SECTION,
    measurements.SECTION,
    money_bugs.SECTION,
    library_bugs.SECTION,
    code_history.SECTION,
    library_features.SECTION,
    behaviour.SECTION,
    refactoring.SECTION,
    searching.SECTION,
    comparing.SECTION,
    moving.SECTION,
    rewriting.SECTION,
    log_reports.SECTION,
    code_reports.SECTION,
    programs.SECTION,
    checks.SECTION,
    plans.SECTION,
    todo_lists.SECTION,
    meetings.SECTION,
    pages.SECTION,
)
TASKS: tuple[Task, ...] = tuple(
    replace(task, category=section.category, subcategory=section.subcategory)
    for section in _SECTIONS
    for task in section.tasks
)
