with

inputs as (

    select
        given,
        expected
    from (
        values
        ('sh: foo: not found', true),
        ('NOT FOUND', false),
        ('line' || chr(10) || 'it''s not found', true),
        (null, null)
    ) as examples (given, expected)

),

outputs as (

    select
        given,
        expected,
        {{ text_matches('given', "(sh:|it's).* not found") }} as actual
    from inputs

)

select * from outputs
where actual is distinct from expected
