using AceProxy.Settings;

namespace AceProxy.Tests.Settings;

public sealed class SettingsReaderTests
{
    [Theory]
    [InlineData(null, 5)]
    [InlineData("", 5)]
    [InlineData("   ", 5)]
    [InlineData("0", 0)]
    [InlineData(" 7 ", 7)]
    [InlineData("0.25", 0.25)]
    [InlineData("10", 10)]
    public void Seconds_UsableOrUnset_IsTheValueOrTheDefault(string? text, double expected)
    {
        SettingsReader settings = Configured.With(("WAIT", text));

        Assert.Equal(TimeSpan.FromSeconds(expected), settings.Seconds("WAIT", 5, 0, 10, "a wait"));
        Assert.Empty(settings.Problems);
    }

    [Theory]
    [InlineData("-1")]
    [InlineData("10.001")]
    [InlineData("NaN")]
    [InlineData("Infinity")]
    [InlineData("1e1")]
    [InlineData("0x1")]
    [InlineData("1,5")]
    [InlineData("5s")]
    [InlineData("٣")]
    public void Seconds_NotANumberInBounds_IsAProblemThatNamesVariableValueAndBounds(string text)
    {
        SettingsReader settings = Configured.With(("WAIT", text));

        settings.Seconds("WAIT", 5, 0, 10, "a wait");

        Assert.Equal($"WAIT: '{text}' is not a number of s from 0 to 10", Assert.Single(settings.Problems));
    }

    [Fact]
    public void Milliseconds_Fraction_IsKept()
    {
        SettingsReader settings = Configured.With(("WAIT", "1.5"));

        Assert.Equal(TimeSpan.FromMilliseconds(1.5), settings.Milliseconds("WAIT", 5, 0, 10, "a wait"));
    }

    [Theory]
    [InlineData(null, 3)]
    [InlineData("1", 1)]
    [InlineData("9", 9)]
    public void Integer_UsableOrUnset_IsTheValueOrTheDefault(string? text, int expected)
    {
        SettingsReader settings = Configured.With(("COUNT", text));

        Assert.Equal(expected, settings.Integer("COUNT", 3, 1, 9, "things", "a count"));
        Assert.Empty(settings.Problems);
    }

    [Theory]
    [InlineData("0")]
    [InlineData("10")]
    [InlineData("1.5")]
    [InlineData("99999999999999")]
    [InlineData("many")]
    public void Integer_NotAWholeNumberInBounds_IsAProblem(string text)
    {
        SettingsReader settings = Configured.With(("COUNT", text));

        Assert.Equal(3, settings.Integer("COUNT", 3, 1, 9, "things", "a count"));
        Assert.Equal($"COUNT: '{text}' is not a whole number of things from 1 to 9", Assert.Single(settings.Problems));
    }

    [Fact]
    public void Text_Unset_IsTheDefaultAndSetIsTrimmed()
    {
        SettingsReader settings = Configured.With(("SET", " value "), ("EMPTY", " "));

        Assert.Equal(("value", "d", "d"), (settings.Text("SET", "d", "", ""), settings.Text("EMPTY", "d", "", ""), settings.Text("UNSET", "d", "", "")));
    }

    [Fact]
    public void ThrowIfProblems_Several_ListsAllAtOnce()
    {
        SettingsReader settings = Configured.With(("A", "x"), ("B", "y"), ("C", "1"));
        settings.Integer("A", 1, 0, 9, "", "");
        settings.Seconds("B", 1, 0, 9, "");
        settings.Seconds("C", 1, 0, 9, "");

        var exception = Assert.Throws<SettingsException>(settings.ThrowIfProblems);

        Assert.Equal(["A", "B"], exception.Problems.Select(problem => problem.Split(':')[0]));
        Assert.All(exception.Problems, problem => Assert.Contains(problem, exception.Message, StringComparison.Ordinal));
    }

    [Fact]
    public void ThrowIfProblems_None_DoesNot() => Configured.With().ThrowIfProblems();

    [Fact]
    public void Known_AfterReading_HasEverySettingInOrderWithItsDefault()
    {
        SettingsReader settings = Configured.With(("A", "2"));
        settings.Integer("A", 1, 0, 9, "things", "meaning of A");
        settings.Seconds("B", 0.5, 0, 9, "meaning of B");

        Assert.Equal([new("A", "1", "things", "meaning of A"), new Setting("B", "0.5", "s", "meaning of B")], settings.Known);
    }
}
