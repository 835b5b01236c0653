{%- macro failure_words() -%}
    {{ return(
        '(?i)error|fail|fatal|fault|panic|traceback|exception|denied|not permitted'
        ~ '|not found|no such file|no exact match|not applied|verbatim|timed out'
        ~ '|wget:|curl:|ssh:|core dumped'
    ) }}
{%- endmacro -%}
