{#- Rows that lack a value in one of the columns: one scan for all of them, where dbt's not_null
    makes one for each. -#}
{% test filled(model, columns) %}

select *
from {{ model }}
where {{ columns | join(' is null or ') }} is null

{% endtest %}
