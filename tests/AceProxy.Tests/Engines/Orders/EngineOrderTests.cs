using AceProxy.Engines;
using AceProxy.Engines.Orders;

namespace AceProxy.Tests.Engines.Orders;

/// <summary>An order as text: what is written is read, and nothing else.</summary>
public sealed class EngineOrderTests
{
    private static readonly DateTimeOffset Now = DateTimeOffset.FromUnixTimeMilliseconds(1_763_760_000_000);

    [Theory]
    [InlineData("registered:10.0.0.5:6878 1763760000000:yes")]
    [InlineData("registered:10.0.0.5:6878 1763760000000:forwarded")]
    [InlineData("registered:10.0.0.5:6878 0:no")]
    [InlineData("registered:[::1]:9 1763760000000:yes")]
    [InlineData("drained:engine-1.example:6878 1763760000000:yes")]
    [InlineData("drained:[fe80::1]:6878 1763760000000:no")]
    public void TryParse_WhatWasWritten_IsTheSame(string text) => Assert.Equal(text, EngineOrder.TryParse(text, Now, out _)?.ToString());

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("::")]
    [InlineData("registered")]
    [InlineData("registered:10.0.0.5:6878")]
    [InlineData("registered:10.0.0.5:6878 ")]
    [InlineData("registered:10.0.0.5:6878 {\"yes\": 1}")]
    [InlineData("registered:10.0.0.5:6878 1763760000000")]
    [InlineData("registered:10.0.0.5:6878 yes:1763760000000")]
    [InlineData("registered:10.0.0.5:6878 1763760000000:maybe")]
    [InlineData("registered:10.0.0.5:6878 1763760000000:YES")]
    [InlineData("registered:10.0.0.5:6878 1763760000000:yes ")]
    [InlineData("registered:10.0.0.5:6878 -1:yes")]
    [InlineData("registered:10.0.0.5:6878 01:yes")]
    [InlineData("registered:10.0.0.5:6878 99999999999999999999:yes")]
    [InlineData("registered:10.0.0.5:6878 999999999999999:yes")]
    [InlineData("drained:10.0.0.5:6878 1763760000000:forwarded")]
    [InlineData("paused:10.0.0.5:6878 1763760000000:yes")]
    [InlineData("registered:10.0.0.5 1763760000000:yes")]
    [InlineData("registered:10.0.0.5:06878 1763760000000:yes")]
    [InlineData("registered:10.0.0.5:65536 1763760000000:yes")]
    [InlineData("registered:10.0.0.5:6878;forwarded 1763760000000:yes")]
    [InlineData("registered:Engine:6878 1763760000000:yes")]
    [InlineData("registered:http://10.0.0.5:6878 1763760000000:yes")]
    [InlineData("registered:user@10.0.0.5:6878 1763760000000:yes")]
    [InlineData("registered:10.0.0.5:6878/x 1763760000000:yes")]
    [InlineData("registered:a b:6878 1763760000000:yes")]
    public void TryParse_AnythingElse_IsRefusedInWords(string text)
    {
        Assert.Null(EngineOrder.TryParse(text, Now, out string problem));
        Assert.NotEmpty(problem);
    }

    [Fact]
    public void TryParse_TooLong_IsRefusedInFewWords()
    {
        Assert.Null(EngineOrder.TryParse($"registered:{new string('a', 100_000)}:1 1:yes", Now, out string problem));
        Assert.InRange(problem.Length, 1, 400);
    }

    [Fact]
    public void New_EngineInCapitals_IsTheSameSubjectInAnyCase()
    {
        var order = new EngineOrder(EngineOrderKind.Registered, new EngineAddress("Engine.Example", 1, true), true, 5);

        Assert.Equal("registered:engine.example:1 5:forwarded", order.ToString());
        Assert.Equal(order.Subject, EngineOrder.SubjectOf(EngineOrderKind.Registered, "ENGINE.example:1"));
    }

    [Fact]
    public void IsNewerThan_OfTheSameInstant_IsTrueOfExactlyOne()
    {
        var engine = new EngineAddress("a", 1, false);
        var yes = new EngineOrder(EngineOrderKind.Registered, engine, true, 5);
        var no = new EngineOrder(EngineOrderKind.Registered, engine, false, 5);

        Assert.True(yes.IsNewerThan(no) != no.IsNewerThan(yes));
        Assert.False(yes.IsNewerThan(yes));
        Assert.True(no.IsNewerThan(null));
    }
}
