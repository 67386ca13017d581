"""Finds in the source of devices and gateway what they can say is wrong: texts with {} for values.

It follows a text from where it is told (`set_fault`, a FAULT event, an attribute `fault`) back to
the literals that it is made of. What it cannot follow is an error here, not a text that is missed.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[3]
_FORMAT = re.compile(r"%[sd]|%\.\d+f")
_WORDS = re.compile("[a-z]{2}")  # what has none is values alone
_OUTCOMES = {"FAILED", "UNKNOWN"}
_RAISED = {"OSError", "TimeoutError"}


def told(*folders: str) -> set[str]:
    """All that programs in these folders tell as their fault."""
    paths = (path for folder in folders for path in sorted((ROOT / folder).glob("*.py")))
    return set().union(*(Source(path).told() for path in paths))


def raised(path: str) -> set[str]:
    """The messages of errors that a module raises, where the world does not behave."""
    return Source(ROOT / path).raised()


def returned(path: str, function: str) -> set[str]:
    """What a function gives as its texts."""
    return Source(ROOT / path).returned(function)


def constants(path: str) -> set[str]:
    """A module's constants that are texts."""
    return set(Source(ROOT / path).constants().values())


class Source:
    """One module."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._tree = ast.parse(path.read_text(encoding="utf-8"))
        self._all = [node for node in ast.walk(self._tree) if isinstance(node, ast.FunctionDef)]
        self._functions = {function.name: function for function in self._all}

    def told(self) -> set[str]:
        """What it tells as a fault, or as the reason why a ticket was not printed."""
        texts: set[str] = set()
        for function, node in self._nodes():
            for expression in _told_by(node):
                texts |= self._texts(expression, function)
        return _worded(texts)

    def raised(self) -> set[str]:
        """What the errors say that it raises."""
        return {
            text
            for function, node in self._nodes()
            if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call)
            if isinstance(node.exc.func, ast.Name) and node.exc.func.id in _RAISED
            for text in self._texts(node.exc.args[-1], function)
        }

    def returned(self, function: str) -> set[str]:
        """What a function gives."""
        return _worded(self._returned(self._functions[function]))

    def constants(self) -> dict[str, str]:
        """The module's own texts, by name."""
        return {
            target.id: node.value.value
            for node in self._tree.body
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
            for target in node.targets
            if isinstance(target, ast.Name) and isinstance(node.value.value, str)
        }

    def _nodes(self) -> Iterator[tuple[ast.FunctionDef | None, ast.AST]]:
        for function in self._all:
            for node in ast.walk(function):
                yield function, node

    def _texts(self, expression: ast.expr, function: ast.FunctionDef | None) -> set[str]:
        match expression:
            case ast.Constant(value=str(text)):
                return {text}
            case ast.JoinedStr(values=values):
                return {
                    "".join(str(v.value) if isinstance(v, ast.Constant) else "{}" for v in values)
                }
            case ast.BinOp(left=ast.Constant(value=str(text)), op=ast.Mod()):
                return {_FORMAT.sub("{}", text)}
            case ast.BinOp(left=left, op=ast.Add(), right=right):
                ends = self._texts(right, function)
                return {one + two for one in self._texts(left, function) for two in ends}
            case ast.IfExp(body=one, orelse=two):
                return self._texts(one, function) | self._texts(two, function)
            case ast.Name(id=name):
                return self._named(name, function)
            case ast.Call(func=ast.Name(id="str" | "flat")):
                return set()  # an error's own words: see `raised`
            case ast.Call(func=ast.Name(id=name)) if name in self._functions:
                return self._returned(self._functions[name])
            case ast.Attribute(attr="fault"):
                return set()  # told where it is assigned
        where = f"{self._path}:{expression.lineno}"
        raise AssertionError(f"{where}: cannot follow {ast.unparse(expression)}; see {__file__}")

    def _named(self, name: str, function: ast.FunctionDef | None) -> set[str]:
        inside = self._assigned(name, function) if function else set()
        if inside:
            return inside
        if function and name in [argument.arg for argument in function.args.args]:
            return self._passed(name, function)
        return {(self.constants() | self._imported())[name]}

    def _assigned(self, name: str, function: ast.FunctionDef) -> set[str]:
        texts: set[str] = set()
        more: set[str] = set()
        for node in ast.walk(function):
            match node:
                case ast.Assign(targets=[ast.Name(id=found)], value=value) if found == name:
                    texts |= self._texts(value, function)
                case ast.AugAssign(target=ast.Name(id=found), value=value) if found == name:
                    more |= self._texts(value, function)
        if more and not texts:
            texts = self._passed(name, function)
        return texts | {one + two for one in texts for two in more}

    def _passed(self, name: str, function: ast.FunctionDef) -> set[str]:
        """What a parameter can be, by the calls within the module."""
        place = [argument.arg for argument in function.args.args if argument.arg != "self"]
        texts: set[str] = set()
        for caller, node in self._nodes():
            if isinstance(node, ast.Call) and _name(node.func) == function.name:
                texts |= self._texts(node.args[place.index(name)], caller)
        return texts

    def _returned(self, function: ast.FunctionDef) -> set[str]:
        return {
            text
            for node in ast.walk(function)
            if isinstance(node, ast.Return) and node.value is not None
            for text in self._texts(node.value, function)
        }

    def _imported(self) -> dict[str, str]:
        found: dict[str, str] = {}
        for node in self._tree.body:
            if isinstance(node, ast.ImportFrom) and node.module:
                path = ROOT / f"{node.module.replace('.', '/')}.py"
                if path.is_file():
                    found |= Source(path).constants()
        return found


def _told_by(node: ast.AST) -> Iterator[ast.expr]:
    match node:
        case ast.Call(func=ast.Attribute(attr="set_fault"), args=[_, text]):
            yield text
        case ast.Call(func=ast.Attribute(attr="miss"), args=[ast.JoinedStr() as text]):
            yield text  # where it is a name, it is told by others, too
        case ast.Call(func=ast.Attribute(attr="put"), args=[ast.Tuple(elts=[kind, told])]):
            if _name(kind) == "FAULT" and isinstance(told, ast.Tuple):
                yield told.elts[1]
        case ast.Assign(targets=[ast.Attribute(attr="fault")], value=text):
            yield text
        case ast.Tuple(elts=[*_, outcome, text]) if _name(outcome) in _OUTCOMES:
            if not isinstance(text, ast.Name):  # one of the constants of status.py
                yield text


def _worded(texts: set[str]) -> set[str]:
    return {text for text in texts if _WORDS.search(text)}


def _name(node: ast.expr) -> str:
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
    return ""
