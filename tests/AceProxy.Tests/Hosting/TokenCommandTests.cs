using System.Globalization;
using AceProxy.EngineSimulator;
using AceProxy.EngineSimulator.Contents;
using AceProxy.Tests.Functional;

namespace AceProxy.Tests.Hosting;

public sealed class TokenCommandTests
{
    private const string Key = "a:0123456789abcdef0123456789abcdef";
    private const string Id = "c000000000000000000000000000000000000001";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Token_KeysFromAFile_PlaysAtAWorkerThatHasThemToo()
    {
        await using SimulatedEngine engine = await SimulatedEngine.StartAsync();
        SimulatedContent content = engine.Add(Contents.Stamped());
        string file = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(file, Key + "\n", Cancellation);
            await using RunningProxy proxy = await RunningProxy.StartAsync(engine, ("STREAM_TOKENS", "required"), ("STREAM_TOKEN_KEYS_FILE", file));

            ProgramRun run = await ProgramRun.ToEndAsync(
                ["token", "--content", content.ContentId, "--ttl", "600", "--address", "127.0.0.1"], [("STREAM_TOKEN_KEYS_FILE", file)], Cancellation);

            Assert.Equal((0, ""), (run.ExitCode, run.Errors));
            Assert.StartsWith($"/ace/getstream?id={content.ContentId}&token=a.", run.Output, StringComparison.Ordinal);
            using Viewer viewer = await Viewer.JoinAsync(proxy, run.Output.Trim().Split('?')[1]);
            using HttpResponseMessage without = await proxy.GetAsync($"id={content.ContentId}", Cancellation);
            Assert.Equal(401, (int)without.StatusCode);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Theory]
    [InlineData("STREAM_TOKEN_KEYS: is not set", "", "--content", Id)]
    [InlineData("STREAM_TOKEN_KEYS: has a key, 'a', of less than 32", "a:short", "--content", Id)]
    [InlineData("--content is missing", Key)]
    [InlineData("--content is not 40", Key, "--content", "nonsense")]
    [InlineData("--content has no value", Key, "--content")]
    [InlineData("--ttl is not a whole number", Key, "--content", Id, "--ttl", "1h")]
    [InlineData("--address is not an IP address", Key, "--content", Id, "--address", "me")]
    [InlineData("--ttl is given more than once", Key, "--ttl", "1", "--ttl", "2")]
    [InlineData("'--for' is not known", Key, "--for", Id)]
    public async Task Token_WhatCannotBeUsed_IsNamedAndNothingIsPrinted(string expected, string keys, params string[] arguments)
    {
        ProgramRun run = await ProgramRun.ToEndAsync(["token", .. arguments], [("STREAM_TOKEN_KEYS", keys)], Cancellation);

        Assert.Equal((2, ""), (run.ExitCode, run.Output));
        Assert.Contains(expected, run.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", run.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain(Key.Split(':')[1], run.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Token_NoTtl_LastsAnEvening()
    {
        ProgramRun run = await ProgramRun.ToEndAsync(["token", "--content", Id], [("STREAM_TOKEN_KEYS", Key)], Cancellation);

        long expires = long.Parse(run.Output.Split("token=")[1].Split('.')[1], CultureInfo.InvariantCulture);
        Assert.InRange(expires - DateTimeOffset.UtcNow.ToUnixTimeSeconds(), (6 * 3600) - 60, 6 * 3600);
    }
}
