using AceProxy.Engines.Health;

namespace AceProxy.Tests.Engines.Health;

public sealed class HysteresisTests
{
    [Theory]
    [InlineData("", "")]
    [InlineData("--", "++")]
    [InlineData("---", "++-")]
    [InlineData("--+--", "+++++")]
    [InlineData("---+", "++--")]
    [InlineData("---++", "++--+")]
    [InlineData("---+-++", "++----+")]
    public void Tell_ThreeToFallTwoToRise_ChangesOnlyAfterSoManyInARow(string told, string states)
    {
        var hysteresis = new Hysteresis(3, 2);

        string seen = string.Concat(told.Select(one =>
        {
            hysteresis.Tell(one == '+');
            return hysteresis.IsUp ? '+' : '-';
        }));

        Assert.Equal(states, seen);
    }
}
