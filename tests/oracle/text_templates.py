"""Chat templates in the manners of published ones, each with what it leaves of a completion.

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
    # As in ChatML: nothing trimmed, the turn closed by a token and a line break.
    "turns": Template(
        """{%- for message in messages %}
    {{- '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>\\n' }}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<|im_start|>assistant\\n' }}
{%- endif %}
""",
        str,
    ),
    # As in Llama 3: writes the first token itself, trims every turn.
    "headed": Template(
        "{{ bos_token }}{% for message in messages %}"
        "{{ '<|' + message.role + '|>\\n\\n' }}{{ message.content | trim }}<|eot|>"
        "{% endfor %}{% if add_generation_prompt %}{{ '<|assistant|>\\n\\n' }}{% endif %}",
        str.strip,
    ),
    # As in Zephyr: block lines, closed by the end-of-sequence token.
    "lines": Template(
        """{% for message in messages %}
{% if message['role'] == 'user' %}
{{ '<|user|>\\n' + message['content'] + eos_token }}
{% elif message['role'] == 'system' %}
{{ '<|system|>\\n' + message['content'] + eos_token }}
{% elif message['role'] == 'assistant' %}
{{ '<|assistant|>\\n'  + message['content'] + eos_token }}
{% endif %}
{% if loop.last and add_generation_prompt %}
{{ '<|assistant|>' }}
{% endif %}
{% endfor %}""",
        str,
        prompted=False,
    ),
    # As in Mistral: demands that roles alternate, trims one side, has no header for the answer.
    "bracketed": Template(
        """{{ bos_token }}{% for message in messages %}
    {%- if (message['role'] == 'user') != (loop.index0 % 2 == 0) %}
        {{- raise_exception('Roles must alternate user/assistant/user/assistant/...') }}
    {%- endif %}
    {%- if message['role'] == 'user' %}
        {{- '[INST] ' + message['content'].strip() + ' [/INST]' }}
    {%- else %}
        {{- ' ' + message['content'].rstrip() + eos_token }}
    {%- endif %}
{% endfor %}{% if add_generation_prompt %}{{ ' ' }}{% endif %}""",
        str.rstrip,
    ),
    # As in Qwen 3: sorts reasoning from the answer, strips line breaks only.
    "reasoning": Template(
        """{%- for message in messages %}
    {%- set content = message.content %}
    {%- if message.role == 'assistant' %}
        {%- set reasoning = '' %}
        {%- if '</think>' in content %}
            {%- set reasoning = content.split('</think>')[0].rstrip('\\n').split('<think>')[-1].lstrip('\\n') %}
            {%- set content = content.split('</think>')[-1].lstrip('\\n') %}
        {%- endif %}
        {{- '<|im_start|>assistant\\n<think>\\n' + reasoning.strip('\\n') + '\\n</think>\\n\\n' + content.lstrip('\\n') }}
    {%- else %}
        {{- '<|im_start|>' + message.role + '\\n' + content }}
    {%- endif %}
    {{- '<|im_end|>\\n' }}
{%- endfor %}""",
        reasoning_keep,
        prompted=False,
    ),
    # As in Gemma: renames roles, written with the line breaks of another system.
    "renamed": Template(
        """{{ bos_token }}{% for message in messages %}\r
{% if message['role'] == 'assistant' %}\r
    {% set role = 'model' %}\r
{% else %}\r
    {% set role = message['role'] %}\r
{% endif %}\r
{{ '<|' + role + '|>\\n' + message['content'] | trim + '<|eot|>\\n' }}\r
{% endfor %}\r
{% if add_generation_prompt %}{{ '<|model|>\\n' }}{% endif %}""",
        str.strip,
    ),
    # As in Llama 3.1: puts the date into a system turn; a namespace, a macro, tests and filters.
    "dated": Template(
        """{%- macro header(role) -%}<|im_start|>{{ role }}\n{%- endmacro -%}
{%- set ns = namespace(turns=0) -%}
{%- if strftime_now is defined %}{% set today = strftime_now('%d %b %Y') %}{% endif -%}
{%- if messages[0]['role'] == 'system' -%}
    {%- set system = messages[0]['content'] | trim -%}
    {%- set messages = messages[1:] -%}
{%- else -%}
    {%- set system = '' -%}
{%- endif -%}
{{ header('system') }}Today is {{ today }}. {{ system }}<|im_end|>
{% for message in messages -%}
    {%- set ns.turns = ns.turns + 1 -%}
    {%- if tools is not none and tools %}{{ tools | tojson }}{% endif -%}
    {{ header(message.role) }}{{ ns.turns }}: {{ message.content }}<|im_end|>{{ "\\n" if not loop.last }}
{%- endfor %}""",
        str,
        prompted=False,
    ),
}
