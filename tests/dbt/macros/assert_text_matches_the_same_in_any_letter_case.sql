with

inputs as (

    select
        given,
        expected
    from (
        values
        ('ACCESS is Denied', true),
        ('acceſſ is denied', true),
        ('acceßß is denied', false),
        ('access ıs denied', false),
        ('ACCESS İS DENIED', false),
        (null, null)
    ) as examples (given, expected)

),

outputs as (

    select
        given,
        expected,
        {{ text_matches('given', '(?i)access is denied') }} as actual
    from inputs

)

select * from outputs
where actual is distinct from expected
