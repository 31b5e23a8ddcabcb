"""The Python that a template becomes: Jinja's own, with what is called called straight away and what needs no escaping written as it is.

Jinja looks at each call for whether it wants the context (of ours only texts do, by name), and makes a Markup of each value it writes
(which is then only joined to the rest): of an order's page that was a third of the time.
"""

from io import StringIO
from typing import Any

from jinja2 import nodes
from jinja2.compiler import CodeGenerator, Frame, optimizeconst
from markupsafe import Markup, escape


def written(value: Any) -> str:
    """A value as it stands in a page."""
    kind = value.__class__
    if kind is Markup:
        return value  # type: ignore[no-any-return]
    if (
        kind is str
        and "&" not in value
        and "<" not in value
        and ">" not in value
        and '"' not in value
        and "'" not in value
    ):
        return value  # type: ignore[no-any-return]
    return escape(value)


class PageCode(CodeGenerator):
    """For environments that have `written`, and are neither asynchronous nor sandboxed."""

    def write_commons(self) -> None:
        super().write_commons()
        self.writeline("written = environment.written")

    def writeline(self, x: str, node: nodes.Node | None = None, extra: int = 0) -> None:
        """A block is put together where it stands: Jinja hands each of its parts up through every block around it."""
        if x.startswith("yield from context.blocks["):
            x = f"yield concat({x.removeprefix('yield from ')})"
        super().writeline(x, node, extra)

    def _output_child_pre(self, node: nodes.Expr, frame: Frame, finalize: Any) -> None:
        if frame.eval_ctx.volatile or not frame.eval_ctx.autoescape or finalize.src is not None:
            super()._output_child_pre(node, frame, finalize)
        else:
            self.write("written(")

    @optimizeconst
    def visit_Call(self, node: nodes.Call, frame: Frame, forward_caller: bool = False) -> None:  # noqa: N802
        called = node.node
        if isinstance(called, nodes.Name) and hasattr(self.environment.globals.get(called.name), "jinja_pass_arg"):
            super().visit_Call(node, frame, forward_caller=forward_caller)
            return
        page, self.stream = self.stream, StringIO()
        try:
            self.signature(node, frame, {"caller": "caller"} if forward_caller else None)
            given = self.stream.getvalue()
        finally:
            self.stream = page
        self.write("(")
        self.visit(called, frame)
        self.write(f")({given.removeprefix(', ')})")
