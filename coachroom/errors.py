"""The one family of errors: a sentence that names the thing and the way out.

Whoever shows such an error (a page, a route, the command line) shows its text as it is.
"""

from __future__ import annotations

from typing import ClassVar

# A process ends with the first where somebody must mend something, with the second where it may be started again.
MISTAKE = 2
TRY_AGAIN = 75


class CoachroomError(Exception):
    """Base of all errors we raise on purpose; `str(error)` is fit to be read by the person at fault."""

    # Whether what is wrong may be over by itself, so that the same start may succeed later.
    may_pass: ClassVar[bool] = False


def exit_status(error: CoachroomError) -> int:
    """With which the app ends because of this."""
    return TRY_AGAIN if error.may_pass else MISTAKE


class SettingsError(CoachroomError):
    """A setting is missing, unknown or has a value that cannot be used."""


class PortError(CoachroomError):
    """The port cannot be listened on: another program has it, or the network is not there yet."""

    may_pass = True


class StoreError(CoachroomError):
    """The database cannot be opened, migrated or written."""

    may_pass = True


class UnfitDatabaseError(StoreError):
    """The database is not one that this coachroom can serve as things are."""

    may_pass = False


class StoreLockedError(StoreError):
    """Another process has the database file open."""


class StoreDamagedError(StoreError):
    """The file is no database, or its content cannot be read."""

    may_pass = False


class StatementError(StoreError):
    """The database did not do one statement, or one transaction; nothing of it is kept.

    `cause`: what the engine says, in one line, for who runs the app. It may name values.
    """

    def __init__(self, cause: str) -> None:
        super().__init__("The database could not do this: try again in a moment.")
        self.cause = cause


class NumbersNotReadyError(StoreError):
    """What numbers are read from is still being copied from the database."""

    def __init__(self) -> None:
        super().__init__("The numbers are still being read from the database: look again in a minute.")


class NotBegunError(StatementError):
    """A transaction could not begin: the database cannot be reached, or others hold it up, as they would the next."""


class LostCommitError(StatementError):
    """The line to the database broke while it stored a transaction: all of that is kept, or nothing."""


class StoreFileError(StatementError):
    """The database's engine could not read or write a file."""


class StoreClosedError(StoreError):
    """A write came after the writer was asked to stop."""


class ImportFileError(CoachroomError):
    """A file to be imported cannot be taken; nothing of it was written."""


class NotAllowedError(CoachroomError):
    """The person may not do this."""


class RoomNotFoundError(CoachroomError):
    """No such room for this person: foreign, ended and never existing rooms answer alike."""

    def __init__(self) -> None:
        super().__init__("We can't find this room. It may have ended. You can open a new one from your home page.")


# Causes of AgentUnavailableError that callers tell apart.
NO_ANSWER_CAUSE = "no_answer"
UNKNOWN_CALL_CAUSE = "unknown_call"


class AgentUnavailableError(CoachroomError):
    """The AI coach cannot be reached or refuses; says it in words for a client.

    `cause` names it in the log; `retry_after` (seconds) is None where trying again by itself is pointless;
    `operator` says more to who runs the app.
    """

    def __init__(self, sentence: str, *, cause: str, retry_after: float | None, operator: str | None = None) -> None:
        super().__init__(sentence)
        self.cause = cause
        self.retry_after = retry_after
        self.operator = operator


class BudgetSpentError(CoachroomError):
    """The client's or the community's budget lets no call start for now."""
