"""Random templates over what chat templates are written with, for jinja.py.

Every expression has a kind that it mostly keeps to, so that most templates render; one in a few is wrong on
purpose, since what Jinja raises has to be raised too.
"""

import random

WORDS = ["", "a", "user", "Hello World", " x\n", "ß<b>&'", "\U0001f469\u200d\U0001f680", "İstanbul", "a,b,,c",
         "tab\there", "don't \"say\"", "\u1680é\u0301\x85", "<think>\nx\n</think>\n\ny", "12", " 3.5 ", "-7", "ǆ ǅ"]
NAMES = ["text", "emoji", "count", "ratio", "flag", "nothing", "items", "table", "messages", "absent", "x", "y"]
KIND_NAMES = {
    "str": ["text", "emoji", "bos_token", "x"],
    "int": ["count", "big", "y"],
    "float": ["ratio", "tiny"],
    "bool": ["flag", "off"],
    "list": ["items", "messages", "mixed"],
    "dict": ["table", "messages[0]", "messages[-1]"],
}
DATA = {
    "text": "Hello <World>",
    "emoji": "a\U0001f600b\U00010000c",
    "bos_token": "<s>",
    "count": 7,
    "big": 2**70,
    "ratio": 2.5,
    "tiny": 1e-7,
    "flag": True,
    "off": False,
    "nothing": None,
    "x": "ex",
    "y": 5,
    "items": [3, 1, 2, 2, -5],
    "mixed": ["b", "A", "c", ""],
    "table": {"key": "value", "n": 1, "items": [1], "deep": {"z": None, "a": 0.5}, "Ünï": True},
    "messages": [
        {"role": "system", "content": " Be kind. \n"},
        {"role": "user", "content": "Hi \U0001f600", "name": "Ann"},
        {"role": "assistant", "content": "", "tool_calls": [
            {"type": "function", "function": {"name": "f", "arguments": {"a": [1, 2.0, True, None], "é": "\u2028<"}}}]},
        {"role": "user", "content": "a</think>b"},
    ],
}


class Generator:
    def __init__(self, seed):
        self.random = random.Random(seed)
        self.loops = 0
        self.macros = []

    def pick(self, *options):
        option = self.random.choice(options)
        return option() if callable(option) else option

    def chance(self, share):
        return self.random.random() < share

    # -- expressions

    def expr(self, depth=3, kind=None):
        if self.chance(0.02):
            kind = None
        kind = kind or self.pick("str", "str", "str", "int", "int", "float", "bool", "list", "list", "dict", "none",
                                 lambda: self.pick("undefined", "str", "int"))
        if depth <= 0:
            return self.leaf(kind)
        d = depth - 1
        if self.chance(0.08):
            condition = self.expr(d, "bool")
            other = f" else {self.expr(d, kind)}" if self.chance(0.8) else ""
            return f"({self.expr(d, kind)} if {condition}{other})"
        if self.chance(0.06):
            return f"({self.expr(d, kind)} {self.pick('or', 'and')} {self.expr(d, kind)})"
        inner = getattr(self, f"expr_{kind}", lambda d: self.leaf(kind))(d)
        # Filters bind less than calls and subscripts.
        return inner if self.chance(0.03) else f"({inner})"

    def leaf(self, kind):
        if kind in KIND_NAMES and self.chance(0.5):
            return self.pick(*KIND_NAMES[kind])
        return {
            "str": lambda: self.string(self.pick(*WORDS)),
            "int": lambda: str(self.pick(0, 1, 2, 3, 10, 255, 1_000_000)),
            "float": lambda: self.pick("0.5", "1.0", "2.25", "1e16", "1e-5", "3.14159", "100.0", "0.1", "1_0.5"),
            "bool": lambda: self.pick("true", "False", "True", "false"),
            "list": lambda: self.pick("[]", "[1, 2, 3]", "['b', 'a']", "(1, 'x')", "range(4)", "[none, 1.0, true]"),
            "dict": lambda: self.pick("{}", "{'a': 1, 'b': [2]}", "{1: 'x', 'y': none}"),
            "none": lambda: self.pick("none", "None", "nothing"),
            "undefined": lambda: self.pick("absent", "absent", "table.nope", "messages[0]['nope']"),
        }[kind]()

    def string(self, text):
        quote = self.pick("'", '"')
        out = text.replace("\\", "\\\\").replace(quote, "\\" + quote)
        return quote + (out.replace("\n", "\\n") if self.chance(0.7) else out) + quote

    def expr_str(self, d):
        s = lambda: self.expr(d, "str")
        i = lambda: self.expr(d, "int")
        return self.pick(
            lambda: f"({s()} + {s()})",
            lambda: f"({s()} ~ {self.expr(d)} ~ {self.expr(d)})",
            lambda: f"{s()}.{self.pick('upper', 'lower', 'title', 'capitalize', 'swapcase', 'strip', 'lstrip', 'rstrip', 'casefold')}()",
            lambda: f"{s()}.{self.pick('strip', 'lstrip', 'rstrip')}({s()})",
            lambda: f"{s()}|{self.pick('upper', 'lower', 'title', 'capitalize', 'trim', 'string', 'first', 'last', 'safe', 'escape')}",
            lambda: f"{s()}.replace({s()}, {s()})",
            lambda: f"{s()}.replace({s()}, {s()}, {i()})",
            lambda: f"{s()}|replace({s()}, {s()})",
            lambda: f"{s()}[{self.pick('0', '-1', '1', '5')}]",
            lambda: f"{s()}[{self.pick('1:', ':2', '-2:', '::-1', '1:-1', '::2', '3:0:-1')}]",
            lambda: f"{self.expr(d, 'list')}|join({self.pick('', lambda: s())})",
            lambda: f"{s()}.join({self.pick('mixed', lambda: self.expr(d, 'list'))})",
            lambda: f"({self.string(self.pick('%s', '%s!', '<%r>', '%10s|', '%-6s|', '%.2s', '%d', '%05d', '%+.1f', '%x', '%e', '%g', '%5.1f%%', '%c'))} % {self.pick(lambda: self.expr(d), lambda: i(), lambda: self.expr(d, 'float'))})",
            lambda: f"('%s: %s' % ({self.expr(d)}, {self.expr(d)}))",
            lambda: f"('%(key)s %(n)03d' % table)",
            lambda: f"{self.string(self.pick('{}', '{0}{0}', '{:>8}|', '{:^7}', '{!r}', '{:.2f}', '{:,}', '{:05d}', '{{}}'))}.format({self.expr(d)})",
            lambda: f"{self.expr(d)}|string",
            lambda: f"{self.expr(d)}|tojson",
            lambda: f"{self.expr(d, 'dict')}|tojson({self.pick('indent=2', 'ensure_ascii=true', 'sort_keys=true', 'indent=1, sort_keys=True', 'separators=(chr, 1)' if self.chance(0.02) else 'indent=4')})",
            lambda: f"messages|tojson(separators=(',', ':'))",
            lambda: f"{self.expr(d)}|default({s()}{self.pick('', ', true')})",
            lambda: f"{s()}|indent({self.pick('2', '4, true', 'blank=true', lambda: s())})",
            lambda: f"{s()}|truncate({self.pick('5', '8, true', '3, false, *[]' if self.chance(0.05) else '4', '6, leeway=0')})",
            lambda: f"{s()}|center({self.pick('9', '4', '30')})",
            lambda: f"{s()}.{self.pick('center', 'ljust', 'rjust')}({self.pick('9', '4, ' + chr(39) + '*' + chr(39))})",
            lambda: f"{s()}.zfill(6)",
            lambda: f"{s()}.removeprefix({s()})",
            lambda: f"messages[{self.pick('0', '1', '-1', '2')}]{self.pick('.content', '.role', '[' + chr(39) + 'content' + chr(39) + ']', '.name')}",
            lambda: f"({s()} * {self.pick('0', '2', '3')})",
            lambda: f"{s()}|wordcount",
            lambda: f"{s()}.split({s()})[{self.pick('0', '-1', '1')}]",
            lambda: f"'%s'|format({self.expr(d)})",
            lambda: self.leaf("str"),
        )

    def expr_int(self, d):
        i = lambda: self.expr(d, "int")
        return self.pick(
            lambda: f"({i()} {self.pick('+', '-', '*', '//', '%')} {i()})",
            lambda: f"(-{i()})",
            lambda: f"({i()} ** {self.pick('2', '0', '3')})",
            lambda: f"{self.pick(lambda: self.expr(d, 'str'), lambda: self.expr(d, 'list'), lambda: self.expr(d, 'dict'))}|{self.pick('length', 'count')}",
            lambda: f"{self.expr(d)}|int{self.pick('', '(5)', '(base=16)')}",
            lambda: f"{i()}|abs",
            lambda: f"items|{self.pick('sum', 'min', 'max', 'first', 'last')}",
            lambda: f"{self.expr(d, 'str')}.{self.pick('find', 'count', 'rfind', 'index')}({self.expr(d, 'str')})",
            lambda: f"items.{self.pick('index', 'count')}({i()})",
            lambda: f"(true + {i()})",
            lambda: self.leaf("int"),
        )

    def expr_float(self, d):
        n = lambda: self.expr(d, self.pick("int", "float"))
        return self.pick(
            lambda: f"({n()} / {n()})",
            lambda: f"({n()} {self.pick('+', '-', '*', '//', '%')} {self.expr(d, 'float')})",
            lambda: f"{n()}|round{self.pick('', '(1)', '(2)', '(1, ' + chr(39) + 'floor' + chr(39) + ')', '(0, ' + chr(39) + 'ceil' + chr(39) + ')')}",
            lambda: f"{self.expr(d)}|float",
            lambda: f"({self.expr(d, 'float')} ** 2)",
            lambda: self.leaf("float"),
        )

    def expr_bool(self, d):
        any_ = lambda: self.expr(d)
        tests = ["defined", "undefined", "none", "string", "number", "integer", "float", "boolean", "mapping",
                 "sequence", "iterable", "true", "false", "callable", "lower", "upper", "odd", "even"]
        return self.pick(
            lambda: f"{any_()} is {self.pick('', 'not ')}{self.pick(*tests)}",
            lambda: f"({any_()} {self.pick('==', '!=')} {any_()})",
            lambda: f"({self.expr(d, 'int')} {self.pick('<', '<=', '>', '>=')} {self.expr(d, self.pick('int', 'float'))})",
            lambda: f"({self.expr(d, 'str')} {self.pick('<', '<=', '>', '>=')} {self.expr(d, 'str')})",
            lambda: f"(0 < {self.expr(d, 'int')} <= {self.expr(d, 'int')})",
            lambda: f"({self.expr(d, 'str')} {self.pick('in', 'not in')} {self.expr(d, 'str')})",
            lambda: f"({any_()} {self.pick('in', 'not in')} {self.expr(d, self.pick('list', 'dict'))})",
            lambda: f"(not {any_()})",
            lambda: f"{self.expr(d, 'int')} is divisibleby {self.pick('2', '3')}",
            lambda: f"{any_()} is {self.pick('eq', 'equalto', 'ne', 'sameas')}({any_()})",
            lambda: f"{any_()} is in({self.expr(d, 'list')})",
            lambda: f"{self.expr(d, 'str')}.{self.pick('startswith', 'endswith')}({self.pick(lambda: self.expr(d, 'str'), '(' + chr(39) + 'a' + chr(39) + ', ' + chr(39) + 'H' + chr(39) + ')')})",
            lambda: f"{self.expr(d, 'str')}.{self.pick('isdigit', 'isalpha', 'isspace', 'isupper', 'islower', 'istitle', 'isalnum', 'isascii')}()",
            lambda: self.leaf("bool"),
        )

    def expr_list(self, d):
        l = lambda: self.expr(d, "list")
        return self.pick(
            lambda: f"[{self.expr(d)}, {self.expr(d)}]",
            lambda: f"({self.expr(d)}, {self.expr(d)})",
            lambda: f"({self.expr(d)},)",
            lambda: f"({l()} + {l()})",
            lambda: f"({l()} * {self.pick('0', '2')})",
            lambda: f"{l()}[{self.pick('1:', ':2', '-2:', '::-1', '::2', ':-1')}]",
            lambda: f"{self.expr(d, 'str')}.split({self.pick('', lambda: self.expr(d, 'str'), lambda: self.expr(d, 'str') + ', 1')})",
            lambda: f"{self.expr(d, 'str')}.rsplit({self.pick('none, 1', lambda: self.expr(d, 'str') + ', 1')})",
            lambda: f"{self.expr(d, 'str')}.{self.pick('splitlines()', 'splitlines(true)', 'partition(' + chr(39) + 'a' + chr(39) + ')', 'rpartition(' + chr(39) + ' ' + chr(39) + ')')}",
            lambda: f"{self.pick(l, lambda: self.expr(d, 'str'), lambda: self.expr(d, 'dict'))}|list",
            lambda: f"{l()}|{self.pick('reverse', 'sort', 'unique', 'sort(reverse=true)', 'batch(2)', 'slice(2)', 'batch(2, 0)')}|list",
            lambda: f"mixed|sort(case_sensitive={self.pick('true', 'false')})",
            lambda: f"messages|map(attribute={self.string(self.pick('role', 'content', 'name', 'tool_calls.0.type'))})|list",
            lambda: f"messages|map(attribute='name', default={self.expr(d)})|list",
            lambda: f"mixed|map({self.string(self.pick('upper', 'length', 'default', 'int', 'first'))})|list",
            lambda: f"items|{self.pick('select', 'reject')}({self.pick('', lambda: self.string(self.pick('odd', 'even', 'string')), chr(39) + 'gt' + chr(39) + ', 1')})|list",
            lambda: f"messages|{self.pick('selectattr', 'rejectattr')}({self.pick(chr(39) + 'name' + chr(39), chr(39) + 'role' + chr(39) + ', ' + chr(39) + 'equalto' + chr(39) + ', ' + chr(39) + 'user' + chr(39), chr(39) + 'tool_calls' + chr(39) + ', ' + chr(39) + 'defined' + chr(39))})|list",
            lambda: f"{self.expr(d, 'dict')}|{self.pick('dictsort', 'items|list', 'list', 'dictsort(by=' + chr(39) + 'value' + chr(39) + ')')}",
            lambda: f"{self.expr(d, 'dict')}.{self.pick('items()', 'keys()', 'values()')}{self.pick('', '|list')}",
            lambda: f"messages|groupby('role')",
            lambda: f"range({self.pick('3', '1, 4', '5, 0, -2', '0')}){self.pick('', '|list')}",
            lambda: self.leaf("list"),
        )

    def expr_dict(self, d):
        return self.pick(
            lambda: f"{{'k': {self.expr(d)}, {self.pick('1', 'true', chr(39) + 'z' + chr(39))}: {self.expr(d)}}}",
            lambda: f"dict(table, a={self.expr(d)})",
            lambda: f"dict({self.pick('a=1', '[(1, 2)]', '')})",
            lambda: self.leaf("dict"),
        )

    def expr_undefined(self, d):
        return self.pick(
            lambda: f"{self.expr(d, 'dict')}.get({self.expr(d, 'str')}{self.pick('', ', 1')})",
            lambda: f"{self.expr(d, 'list')}[{self.pick('9', '-9', '0')}]",
            lambda: f"{self.expr(d, 'list')}|first",
            lambda: f"{self.expr(d)}.{self.pick('nope', 'content', '__class__', 'append')}",
            lambda: self.leaf("undefined"),
        )

    # -- statements

    def tag(self, inside):
        begin = self.pick("{%", "{%", "{%-", "{%-", "{%+")
        end = self.pick("%}", "%}", "-%}", "-%}", "+%}")
        return f"{begin} {inside} {end}"

    def text(self):
        return self.pick("", "a", " ", "\n", "  \n", "x y\n", "\n    ", "<|im_start|>", "é\U0001f600", "\n\n", "{ }", "#")

    def output(self, depth=3):
        begin, end = self.pick(("{{", "}}"), ("{{-", "}}"), ("{{", "-}}"), ("{{- ", " -}}"))
        return f"{begin} {self.expr(depth)} {end}"

    def block(self, depth):
        parts = [self.text()]
        for _ in range(self.random.randint(1, 3)):
            parts += [self.statement(depth), self.text()]
        return "".join(parts)

    def statement(self, depth):
        if depth <= 0:
            return self.output(2)
        d = depth - 1
        loop = [lambda: self.leave(), lambda: self.loop_output()] if self.loops else []
        return self.pick(
            self.output, self.output, self.output,
            lambda: self.if_(d), lambda: self.if_(d),
            lambda: self.for_(d), lambda: self.for_(d),
            lambda: self.set_(), lambda: self.set_(),
            lambda: self.set_block(d),
            lambda: self.namespace(d),
            lambda: self.macro(d),
            lambda: self.call_macro(d),
            lambda: self.wrapped(d),
            lambda: self.aside(),
            *loop, *loop,
        )

    def if_(self, d):
        out = self.tag(f"if {self.expr(2, 'bool')}") + self.block(d)
        for _ in range(self.random.randint(0, 1)):
            out += self.tag(f"elif {self.expr(2, 'bool')}") + self.block(d)
        if self.chance(0.5):
            out += self.tag("else") + self.block(d)
        return out + self.tag("endif")

    def for_(self, d):
        head = self.pick(
            lambda: f"for x in {self.expr(2, 'list')}",
            lambda: f"for m in messages",
            lambda: f"for k, v in {self.expr(1, 'dict')}.items()",
            lambda: f"for k, v in {self.expr(1, 'dict')}|dictsort",
            lambda: f"for c in {self.expr(1, 'str')}",
            lambda: f"for x in {self.expr(1, 'list')} if x",
            lambda: f"for m in messages if m.role != 'system'",
            lambda: f"for x, y in [(1, 2), (3, 4)]",
            lambda: f"for x in items if x > 1",
        )
        self.loops += 1
        body = self.block(d)
        self.loops -= 1
        other = self.tag("else") + self.block(d) if self.chance(0.3) else ""
        return self.tag(head) + body + other + self.tag("endfor")

    def loop_output(self):
        return "{{ " + self.pick(
            "loop.index", "loop.index0", "loop.first", "loop.last", "loop.length", "loop.revindex", "loop.revindex0",
            "loop.previtem", "loop.nextitem", "loop.cycle('a', 'b')", "loop.changed(loop.index0 // 2)", "loop.depth",
            "x", "m.role", "k", "v", "c", "m", "loop.nope",
        ) + " }}"

    def leave(self):
        condition = self.pick("loop.index == 2", "loop.first", "loop.last", lambda: self.expr(1, "bool"))
        return self.tag(f"if {condition}") + self.text() + self.tag(self.pick("break", "continue")) + self.tag("endif")

    def set_(self):
        return self.pick(
            lambda: self.tag(f"set {self.pick('x', 'y', 'text', 'bos_token')} = {self.expr(3)}"),
            lambda: self.tag(f"set x, y = {self.expr(2)}, {self.expr(2)}"),
            lambda: self.tag(f"set x, y = {self.pick('(1, 2)', 'items[:2]', 'text.split()')}"),
            lambda: self.tag(f"set y = y + 1"),
        )

    def set_block(self, d):
        name = self.pick("x", "y")
        extra = self.pick("", "", " | trim", " | upper | replace('A', 'b')")
        return self.tag(f"set {name}{extra}") + self.block(d) + self.tag("endset") + "{{ " + name + " }}"

    def namespace(self, d):
        return (self.tag(f"set ns = namespace(a={self.expr(1)}, n=0)") + self.tag("for i in range(3)")
                + self.tag(f"set ns.{self.pick('a', 'b', 'n')} = {self.pick('ns.n + 1', lambda: self.expr(1))}")
                + self.tag("endfor") + "{{ ns.a }}{{ ns.b }}{{ ns.n }}")

    def macro(self, d):
        name = self.pick("f", "g")
        head = self.pick("(a)", "(a, b=2)", "()", "(a='x', b=none)", "(m, a=m)")
        extra = self.pick("", "{{ caller() }}", "{{ caller('p') }}", "{{ varargs }}", "{{ kwargs }}", "{{ a }}", "{{ b }}", "{{ x }}")
        loops, self.loops = self.loops, 0
        out = self.tag(f"macro {name}{head}") + self.block(d) + extra + self.tag("endmacro")
        self.loops = loops
        self.macros.append(name)
        return out + self.call_macro(d)

    def call_macro(self, d):
        if not self.macros:
            return self.output()
        name = self.pick(*self.macros)
        given = self.pick("1", "'p'", "'p'", "", "a=1", "*[1]", "**{'a': 'q'}", "1, 2", "1, c=4")
        if self.chance(0.3):
            head = self.pick("", "(p)", "(p='d')")
            loops, self.loops = self.loops, 0
            out = self.tag(f"call{head} {name}({given})") + self.block(d) + "{{ p }}" + self.tag("endcall")
            self.loops = loops
            return out
        return "{{ " + f"{name}({given})" + " }}"

    def wrapped(self, d):
        tag = self.pick(f"with x = {self.expr(1)}", "with", f"with x = 1, y = x", "filter upper", "filter trim | title",
                        "generation")
        loops, self.loops = self.loops, 0 if tag == "generation" else self.loops
        out = self.tag(tag) + self.block(d) + self.tag("end" + tag.split()[0])
        self.loops = loops
        return out

    def aside(self):
        return self.pick(
            "{# a note #}", "{#- a note -#}", "{#+ a note +#}", "{#\n x #}\n",
            lambda: self.tag("raw") + "{{ x }} {% if %}" + self.tag("endraw"),
            lambda: self.tag("raw") + "\n  {{ x }}\n" + self.tag("endraw") + "\n",
            lambda: "{{ raise_exception('no') if " + self.expr(1, "bool") + " else 'ok' }}",
            lambda: self.tag("do x") if self.chance(0.05) else "",
        )

    def template(self):
        return self.block(self.random.randint(1, 3))
