using AceProxy.EngineSimulator.Broadcasting;
using AceProxy.EngineSimulator.CommandLine;
using AceProxy.EngineSimulator.Contents;

namespace AceProxy.EngineSimulator.Tests.Console;

public sealed class ArgumentParserTests
{
    private const string Id = "00000000000000000000000000000000000000c3";
    private const string Infohash = "00000000000000000000000000000000000000d4";

    [Fact]
    public void Parse_Nothing_IsTheDemoWithRealisticTiming()
    {
        var arguments = ArgumentParser.Parse([]);
        Assert.Empty(arguments.Problems);
        Assert.Equal(6878, arguments.Options.Port);
        Assert.Equal(System.Net.IPAddress.Loopback, arguments.Options.Address);
        Assert.Equal(TimeSpan.FromSeconds(28), arguments.Options.UnknownInfohashDelay);
        Assert.Equal((DemoContent.ContentId, TimeSpan.FromSeconds(8)), (arguments.Contents.Single().ContentId, arguments.Contents.Single().PrebufferDelay));
    }

    [Fact]
    public void Parse_StampedAndFast_IsThatStreamWithoutDelays()
    {
        var arguments = ArgumentParser.Parse(["--stamped", $"{Id}:{Infohash}:4000000:2.5", "--fast", "--burst", "1", "--port", "0"]);
        Assert.Empty(arguments.Problems);
        var script = arguments.Contents.Single();
        Assert.Equal(4_000_000, Assert.IsType<StampedBroadcast>(script.Broadcast).BitsPerSecond);
        Assert.Equal((TimeSpan.Zero, TimeSpan.FromSeconds(1)), (script.PrebufferDelay, script.Burst));
    }

    [Theory]
    [InlineData("--port", "70000")]
    [InlineData("--port", "x")]
    [InlineData("--bind", "nowhere")]
    [InlineData("--content", "other")]
    [InlineData("--stamped", "short:ids:1:1")]
    [InlineData("--stamped", Id + ":" + Infohash + ":fast:2")]
    [InlineData("--stamped", Id + ":" + Infohash + ":1000:2")]
    [InlineData("--file", Id + ":" + Infohash + ":/no/such/file.ts")]
    [InlineData("--nonsense", "1")]
    public void Parse_BadArgument_IsNamed(string name, string value) =>
        Assert.StartsWith(name, ArgumentParser.Parse([name, value]).Problems.Single(), StringComparison.Ordinal);

    [Fact]
    public void Parse_SeveralProblems_AreAllNamed() =>
        Assert.Equal(3, ArgumentParser.Parse(["--port", "x", "--bind", "y", "--what"]).Problems.Length);

    [Fact]
    public void Parse_SameIdTwice_IsNamed() =>
        Assert.StartsWith(DemoContent.ContentId, ArgumentParser.Parse(["--content", "demo", "--content", "demo"]).Problems[0], StringComparison.Ordinal);
}
