"""The parts of the service: each stands for a few routes, which are above the methods they call."""

from collections.abc import Callable
from typing import Any, TypeVar

from flask import Blueprint, Response, redirect, url_for

View = TypeVar("View", bound=Callable[..., Any])


def route(rule: str, *methods: str) -> Callable[[View], View]:
    """Let a method of `Routes` answer requests to a path; it may have several such lines."""

    def mark(view: View) -> View:
        rules = [(rule, methods), *getattr(view, "rules", ())]
        view.rules = rules  # type: ignore[attr-defined] # read by `Routes.blueprint`
        return view

    return mark


def get(rule: str) -> Callable[[View], View]:
    """Let a method of `Routes` answer GET requests to a path."""
    return route(rule, "GET")


def post(rule: str) -> Callable[[View], View]:
    """Let a method of `Routes` answer POST requests to a path."""
    return route(rule, "POST")


class Routes:
    """A part of the service. The endpoint of a method is its name after that of the part."""

    blueprint_name: str

    def __init_subclass__(cls, name: str = "") -> None:
        """Name the part: `class HoursPage(Routes, name="hours")`."""
        cls.blueprint_name = name

    def blueprint(self) -> Blueprint:
        """Return the routes of this part."""
        blueprint = Blueprint(self.blueprint_name, __name__)
        blueprint.before_request(self.require)
        for endpoint, view in vars(type(self)).items():
            for rule, methods in getattr(view, "rules", ()):
                method = getattr(self, endpoint)
                blueprint.add_url_rule(rule, endpoint, method, methods=methods)
        return blueprint

    def require(self) -> None:
        """Abort a request that this part does not answer; by default it answers all."""


def redirected(endpoint: str, status: int = 303) -> Response:
    """Return the answer to a form that was taken: the browser gets another page."""
    return redirect(url_for(endpoint), status)  # type: ignore[return-value] # werkzeug's, as good


def not_stored(response: Response) -> Response:
    """Return a response that the browser does not store: others may use the same device."""
    response.headers["Cache-Control"] = "no-store"
    return response
