with

inputs as (

    select
        given,
        expected
    from (
        values
        ('{"content.error":"flat","content":{"error":"deep"}}', 'flat'),
        ('{"content":{"error":"deep"}}', null)
    ) as examples (given, expected)

),

outputs as (

    select
        given,
        expected,
        {{ json_field('given', 'content.error') }} as actual
    from inputs

)

select * from outputs
where actual is distinct from expected
