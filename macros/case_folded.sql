{#-
    RE2 takes the long s and the Kelvin sign for an s and a k where letter case does not
    matter, Java does not.
-#}
{%- macro case_folded(text) -%}
    {{ return(adapter.dispatch('case_folded', 'tracehouse')(text)) }}
{%- endmacro -%}

{%- macro default__case_folded(text) -%}
    {{ text }}
{%- endmacro -%}

{%- macro spark__case_folded(text) -%}
    translate({{ text }}, 'ſK', 'sk')
{%- endmacro -%}
