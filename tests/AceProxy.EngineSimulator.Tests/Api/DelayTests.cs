using AceProxy.EngineSimulator.Contents;
using AceProxy.EngineSimulator.Tests.Wire;

namespace AceProxy.EngineSimulator.Tests.Api;

/// <summary>Delays on a clock that only the test moves: nothing comes before it moves, everything once it has.</summary>
public sealed class DelayTests : EngineTest
{
    private readonly ManualTime _time = new();

    public static TheoryData<string, int> Delays => new()
    {
        { "/ace/getstream?format=json&id=unknown", 4 },
        { "/ace/getstream?format=json&infohash=unknown", 28 },
        { "/server/api?api_version=3&method=get_media_files&infohash=unknown", 15 },
        { "/server/api?api_version=3&method=analyze_content&query=acestream%3A%3Finfohash%3Dunknown", 30 },
        { "/ace/getstream?format=json&id=" + DemoContent.ContentId, 2 },
    };

    protected override SimulatorOptions Options =>
        new SimulatorOptions { TimeProvider = _time }.WithRealisticTiming() with { IdleExpiry = TimeSpan.FromSeconds(60) };

    [Theory]
    [MemberData(nameof(Delays))]
    public async Task Get_SlowAnswer_ComesAfterItsDelay(string target, int seconds)
    {
        Demo.Update(script => script with { OpenDelay = TimeSpan.FromSeconds(2) });
        using var connection = await RawConnection.OpenAsync(Engine);
        await connection.RequestAsync("GET", target);
        var answer = connection.ReadHeadAsync();
        await AdvanceUntilAnsweredAsync(answer, TimeSpan.FromSeconds(seconds));
        Assert.StartsWith("HTTP/1.1 200", await answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task GetStream_ClientGoneDuringOpenDelay_LeaksTheSession()
    {
        Demo.Update(script => script with { OpenDelay = TimeSpan.FromSeconds(2) });
        using (var connection = await RawConnection.OpenAsync(Engine))
        {
            await connection.RequestAsync("GET", "/ace/getstream?format=json&id=" + DemoContent.ContentId);
            await UntilAsync(engine => engine.OpenSessionCount == 1);
        }
        _time.Advance(TimeSpan.FromSeconds(2));
        await UntilAsync(engine => engine.ConnectionCount == 0);
        Assert.Equal(1, Engine.OpenSessionCount);
    }

    [Fact]
    public async Task Playback_Prebuffering_BlocksTheRedirectNotTheStart()
    {
        Demo.Update(script => script with { PrebufferDelay = TimeSpan.FromSeconds(8) });
        var start = await Client.StartAsync(Engine);
        using var connection = await RawConnection.OpenAsync(Engine);
        await connection.RequestAsync("GET", Client.PathOf(start.PlaybackUrl));
        var answer = connection.ReadHeadAsync();
        await AdvanceUntilAnsweredAsync(answer, TimeSpan.FromSeconds(8));
        Assert.StartsWith("HTTP/1.1 302", await answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Content_HeaderAndFirstByteDelay_AreApart()
    {
        Demo.Update(script => script with { HeaderDelay = TimeSpan.FromSeconds(3), FirstByteDelay = TimeSpan.FromSeconds(5) });
        var path = await Client.ContentPathAsync(Engine, await Client.StartAsync(Engine));
        using var connection = await RawConnection.OpenAsync(Engine);
        await connection.RequestAsync("GET", path);
        var head = connection.ReadHeadAsync();
        await AdvanceUntilAnsweredAsync(head, TimeSpan.FromSeconds(3));
        var chunk = connection.ReadChunkAsync();
        await AdvanceUntilAnsweredAsync(chunk, TimeSpan.FromSeconds(5));
        Assert.NotEmpty(await chunk);
    }

    [Fact]
    public async Task Session_IdleForAMinute_Expires()
    {
        await Client.StartAsync(Engine);
        _time.Advance(TimeSpan.FromSeconds(59));
        Assert.Equal(1, Engine.OpenSessionCount);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(EngineSimulator.Sessions.SessionState.Expired, Engine.Sessions.Single().State);
    }

    [Theory]
    [InlineData("", 1)]
    [InlineData("?skip_player_activity=1", 0)]
    public async Task Session_Polled_LivesOnUnlessThePollSaysOtherwise(string query, int open)
    {
        var start = await Client.StartAsync(Engine);
        _time.Advance(TimeSpan.FromSeconds(40));
        await Client.JsonAsync(Engine, Client.PathOf(start.StatUrl) + query);
        _time.Advance(TimeSpan.FromSeconds(20));
        Assert.Equal(open, Engine.OpenSessionCount);
    }

    [Fact]
    public async Task Stat_ProgressOfAStart_IsEmptyIdlePrebufDl()
    {
        Demo.Update(script => script.WithRealisticTiming() with { OpenDelay = TimeSpan.Zero });
        var stat = Client.PathOf((await Client.StartAsync(Engine)).StatUrl);
        Assert.Empty((await Client.JsonAsync(Engine, stat))["response"]!.AsObject());
        Assert.Equal("idle", await StatusAfterAsync(TimeSpan.FromMilliseconds(500)));
        Assert.Equal("prebuf", await StatusAfterAsync(TimeSpan.FromSeconds(1)));
        Assert.Equal("dl", await StatusAfterAsync(TimeSpan.FromSeconds(7)));

        async Task<string?> StatusAfterAsync(TimeSpan step)
        {
            _time.Advance(step);
            return (string?)(await Client.JsonAsync(Engine, stat))["response"]!["status"];
        }
    }

    [Theory]
    [InlineData(StatBehaviour.Normal, true, true)]
    [InlineData(StatBehaviour.Frozen, false, false)]
    [InlineData(StatBehaviour.Looping, true, false)]
    [InlineData(StatBehaviour.PeersWithoutData, false, false)]
    public async Task Stat_Behaviour_DecidesWhatAdvances(StatBehaviour behaviour, bool bytes, bool liveLast)
    {
        Demo.Update(script => script with { StatBehaviour = behaviour });
        var stat = Client.PathOf((await Client.StartAsync(Engine)).StatUrl);
        var before = (await Client.JsonAsync(Engine, stat))["response"]!;
        _time.Advance(TimeSpan.FromSeconds(20));
        var after = (await Client.JsonAsync(Engine, stat))["response"]!;
        Assert.Equal(bytes, (long)after["downloaded"]! > (long)before["downloaded"]!);
        Assert.Equal(liveLast, (string?)after["livepos"]!["live_last"] != (string?)before["livepos"]!["live_last"]);
        Assert.Equal(12, (int)after["peers"]!);
    }

    [Fact]
    public async Task Stat_Regressing_FallsBack()
    {
        Demo.Update(script => script with { StatBehaviour = StatBehaviour.Regressing });
        var stat = Client.PathOf((await Client.StartAsync(Engine)).StatUrl);
        var before = (await Client.JsonAsync(Engine, stat))["response"]!;
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.True((long)(await Client.JsonAsync(Engine, stat))["response"]!["downloaded"]! < (long)before["downloaded"]!);
    }

    [Fact]
    public async Task Stat_DeadSwarm_StaysInPrebufWithoutPeers()
    {
        Demo.Update(script => script with { StatBehaviour = StatBehaviour.Dead });
        var stat = Client.PathOf((await Client.StartAsync(Engine)).StatUrl);
        _time.Advance(TimeSpan.FromSeconds(50));
        var response = (await Client.JsonAsync(Engine, stat))["response"]!;
        Assert.Equal(("prebuf", 0), ((string?)response["status"], (int)response["peers"]!));
    }

    [Fact]
    public async Task Stat_LivePosAsNumbers_AreNoStrings()
    {
        var stat = Client.PathOf((await Client.StartAsync(Engine)).StatUrl);
        Assert.Equal(System.Text.Json.JsonValueKind.String, (await Client.JsonAsync(Engine, stat))["response"]!["livepos"]!["pos"]!.GetValueKind());
        Demo.Update(script => script with { LivePosAsNumbers = true });
        Assert.Equal(System.Text.Json.JsonValueKind.Number, (await Client.JsonAsync(Engine, stat))["response"]!["livepos"]!["pos"]!.GetValueKind());
    }

    /// <summary>Moves the clock to just short of the delay, where nothing may have come yet, and then over it.</summary>
    private async Task AdvanceUntilAnsweredAsync(Task answer, TimeSpan delay)
    {
        await _time.WaitForTimerAsync(delay, TestContext.Current.CancellationToken);
        _time.Advance(delay - TimeSpan.FromMilliseconds(1));
        Assert.False(answer.IsCompleted);
        _time.Advance(TimeSpan.FromMilliseconds(1));
        await answer;
    }
}
