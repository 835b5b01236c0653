{#-
    Words of which each rule that is tried on whole texts needs one: a fast look for them
    spares many texts the rules (a test holds the examples of the rules to it).
-#}
{%- macro failure_words() -%}
    {{ return(
        '(?i)error|fail|fatal|fault|panic|traceback|exception|denied|not permitted'
        ~ '|read-only|not found|no such file|no exact match|not applied|not ok|verbatim'
        ~ '|timed out|wget:|curl:|ssh:|core dumped|unexpected eof|undefined reference'
        ~ '|(unrecognized|invalid|unknown|illegal) option|undefined|killed|unable to'
        ~ '|status.?code|"status"|"ok"|"code": ?-32|can.t locate|is a directory|conflict'
        ~ '|rate limit|exceeded|invalid|required|unauthorized|forbidden|does not exist'
        ~ '|not allowed|npm err|[*][*][*] |docker|no installation|not a directory'
        ~ '|been applied|not saved|problems?|[.]go:|http_?status|abort|illegal'
        ~ '|goroutine|graphql|"state"|"result"|"outcome"'
    ) }}
{%- endmacro -%}
