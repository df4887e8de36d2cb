"""Draw an error as a sentence: never a stack trace."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st
from streamlit.runtime.scriptrunner_utils.exceptions import RerunException, StopException

from mesh_core.errors import MeshError, NotFoundError, PermissionDeniedError
from pages.parts.text import plain

log = logging.getLogger("portal")


def show(error: MeshError) -> None:
    """The error's own words, with the way out where there is one."""
    if isinstance(error, PermissionDeniedError):
        st.warning(plain(str(error)), icon=":material/lock:")
    elif isinstance(error, NotFoundError):
        st.info(plain(str(error)), icon=":material/search_off:")
    else:
        st.error(plain(str(error)), icon=":material/error:")


@contextmanager
def caught() -> Iterator[None]:
    """Draw what goes wrong inside. What is no MeshError is our own fault: logged whole, told in one sentence."""
    try:
        yield
    except (RerunException, StopException):
        raise
    except MeshError as error:
        show(error)
    except Exception as error:
        log.exception("a page failed")
        st.error(
            f"Something went wrong that the portal didn't expect ({type(error).__name__}). Nothing more was changed. "
            "Reload the page; if it happens again, the terminal that runs the portal shows the details.",
            icon=":material/bug_report:",
        )
