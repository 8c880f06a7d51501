"""Chat templates after the manners of published ones, each with what it leaves of a completion.

`keep` is what the template does to the last assistant turn, written in Python; the oracle checks it
against the rendered text.
"""

import dataclasses
from collections.abc import Callable


@dataclasses.dataclass
class Template:
    source: str
    keep: Callable[[str], str]
    """Whether a generation prompt is all that stands between the messages and the completion."""
    prompted: bool = True


def reasoning_keep(completion: str) -> str:
    if "</think>" not in completion:
        return completion.lstrip("\n")
    return completion


TEMPLATES = {
    # In the manner of ChatML: nothing trimmed, a turn closed by a token and a line break.
    "turns": Template(
        """{%- for turn in messages -%}
    {{ ['<|im_start|>', turn.role, '\n', turn.content, '<|im_end|>\n'] | join }}
{%- endfor -%}
{%- if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif -%}
""",
        str,
    ),
    # In the manner of Llama 3: writes the first token itself, trims every turn.
    "headed": Template(
        "{{ bos_token }}{% for turn in messages %}"
        "<|{{ turn['role'] }}|>{{ '\n\n' ~ turn['content'] | trim ~ '<|eot|>' }}"
        "{% endfor %}{{ '<|assistant|>\n\n' if add_generation_prompt }}",
        str.strip,
    ),
    # In the manner of Zephyr: block lines, closed by the end-of-sequence token.
    "lines": Template(
        """{% set known = ['system', 'user', 'assistant'] %}
{% for turn in messages %}
    {% if turn.role in known %}
<|{{ turn.role }}|>
{{ turn.content ~ eos_token }}
    {% else %}
        {{ raise_exception(turn.role ~ ' is no role') }}
    {% endif %}
{% endfor %}
""",
        str,
        prompted=False,
    ),
    # In the manner of Mistral: wants a question before each answer, trims one side, no header.
    "bracketed": Template(
        """{{- bos_token }}
{%- set expected = namespace(role='user') %}
{%- for turn in messages %}
    {%- if turn.role != expected.role %}
        {{- raise_exception('Expected a turn of the ' + expected.role) }}
    {%- elif turn.role == 'user' %}
        {{- '[INST] ' + turn.content.strip() + ' [/INST]' }}
        {%- set expected.role = 'assistant' %}
    {%- else %}
        {{- ' ' + turn.content.rstrip() + eos_token }}
        {%- set expected.role = 'user' %}
    {%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}{{- ' ' }}{% endif %}""",
        str.rstrip,
    ),
    # In the manner of Qwen 3: sorts reasoning from the answer, strips line breaks only.
    "reasoning": Template(
        """{%- for turn in messages %}
    {{- '<|im_start|>' ~ turn.role ~ '\n' }}
    {%- if turn.role == 'assistant' %}
        {%- set parts = turn.content.split('</think>') %}
        {%- set thought = parts[0].split('<think>')[-1] if parts | length > 1 else '' %}
        {{- '<think>\n' ~ thought.strip('\n') ~ '\n</think>\n\n' ~ parts[-1].lstrip('\n') }}
    {%- else %}
        {{- turn.content }}
    {%- endif %}
    {{- '<|im_end|>\n' }}
{%- endfor %}""",
        reasoning_keep,
        prompted=False,
    ),
    # In the manner of Gemma: renames a role; written with the line breaks of another system.
    "renamed": Template(
        """{% set names = {'assistant': 'model'} %}\r
{{ bos_token }}{% for turn in messages %}\r
    {% set name = names.get(turn.role, turn.role) %}\r
<|{{ name }}|>\r
{{ turn.content | trim }}<|eot|>\r
{% endfor %}\r
{% if add_generation_prompt %}\r
{{ '<|model|>\n' }}\r
{%- endif %}""",
        str.strip,
    ),
    # In the manner of Llama 3.1: puts the date into a system turn; a macro, slices, tests, filters.
    "dated": Template(
        """{%- macro header(role) -%}<|im_start|>{{ role }}\n{%- endmacro -%}
{%- set ns = namespace(turns=0) -%}
{%- if strftime_now is defined %}{% set today = strftime_now('%d %b %Y') %}{% endif -%}
{%- if messages[0]['role'] == 'system' -%}
    {%- set system = messages[0]['content'] | trim -%}
    {%- set rest = messages[1:] -%}
{%- else -%}
    {%- set system, rest = '', messages -%}
{%- endif -%}
{{ header('system') }}Today is {{ today }}. {{ system }}<|im_end|>
{% for turn in rest -%}
    {%- set ns.turns = ns.turns + 1 -%}
    {%- if tools is not none and tools %}{{ tools | tojson }}{% endif -%}
    {{ header(turn.role) }}{{ ns.turns }}: {{ turn.content }}<|im_end|>{{ "\n" if not loop.last }}
{%- endfor %}""",
        str,
        prompted=False,
    ),
}
