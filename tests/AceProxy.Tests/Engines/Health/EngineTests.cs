using AceProxy.Content;
using AceProxy.EngineApi;
using AceProxy.Engines;
using AceProxy.Engines.Health;

namespace AceProxy.Tests.Engines.Health;

/// <summary>What is made of checks and sessions, on a clock that stands still.</summary>
public sealed class EngineTests
{
    private static readonly EngineCheck Good = new(null, "3.2.3", true, null);
    private static readonly EngineCheck Bad = new("get_status: no reply within 3 s", null, null, null);
    private readonly ManualTimeProvider _time = new();
    private readonly Engine _engine;

    public EngineTests() => _engine = EnginesUnderTest.Alone(_time, ("ENGINE_BREAK", "5"), ("ENGINE_BREAK_LONGEST", "20"), ("ENGINE_PROBE_RISE", "1"));

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public void New_NotAskedYet_IsHealthy() => AssertState(EngineState.Healthy, "not asked yet");

    [Theory]
    [InlineData("ContentUnavailable")]
    [InlineData("Refused")]
    [InlineData("NotLive")]
    [InlineData("NoEngine")]
    [InlineData("Unwanted")]
    [InlineData("ShuttingDown")]
    public void SessionFailed_ByWhatIsNotTheEnginesFault_ChangesNothing(string kind)
    {
        for (int content = 0; content < 50; content++)
        {
            Fail(content, Enum.Parse<EngineFailureKind>(kind));
        }

        AssertState(EngineState.Healthy, "not asked yet");
    }

    [Theory]
    [InlineData("Unreachable")]
    [InlineData("BadReply")]
    [InlineData("Interrupted")]
    [InlineData("TimedOut")]
    public void SessionFailed_FiftyTimesTheSameContent_ChangesNothing(string kind)
    {
        for (int time = 0; time < 50; time++)
        {
            Fail(1, Enum.Parse<EngineFailureKind>(kind));
        }

        AssertState(EngineState.Healthy, "not asked yet");
    }

    [Theory]
    [InlineData("Unreachable")]
    [InlineData("BadReply")]
    public void SessionFailed_TwoDifferentContents_Opens(string kind)
    {
        Fail(1, Enum.Parse<EngineFailureKind>(kind));
        Fail(2, Enum.Parse<EngineFailureKind>(kind));

        AssertState(EngineState.Open, $"different contents failed: {Key(1)}: it failed; {Key(2)}: it failed; left alone for 5 s at a time");
    }

    [Theory]
    [InlineData("TimedOut")]
    [InlineData("Interrupted")]
    public void SessionFailed_TwoDifferentContentsInWaysThatMayBeTheirs_IsDegradedOnly(string kind)
    {
        Fail(1, Enum.Parse<EngineFailureKind>(kind));
        Fail(2, Enum.Parse<EngineFailureKind>(kind));

        Assert.Equal(EngineState.Degraded, _engine.Health.State);
        _engine.SessionFlowed(Key(3));
        AssertState(EngineState.Healthy, "not asked yet");
    }

    [Fact]
    public void SessionFailed_SilentContentsInBetween_DoNotHideBrokenOnes()
    {
        Fail(1, EngineFailureKind.BadReply);
        Fail(2, EngineFailureKind.TimedOut);
        Fail(3, EngineFailureKind.TimedOut);
        Fail(4, EngineFailureKind.BadReply);

        Assert.Equal(EngineState.Open, _engine.Health.State);
    }

    [Fact]
    public void SessionFlowed_InBetween_ClearsTheEngine()
    {
        Fail(1, EngineFailureKind.BadReply);
        _engine.SessionFlowed(Key(3));
        Fail(2, EngineFailureKind.BadReply);

        AssertState(EngineState.Healthy, "not asked yet");
    }

    [Fact]
    public void SessionFailed_LongAfterTheOther_IsNoEvidence()
    {
        Fail(1, EngineFailureKind.BadReply);
        _time.Advance(121);
        Fail(2, EngineFailureKind.BadReply);

        AssertState(EngineState.Healthy, "not asked yet");
    }

    [Fact]
    public async Task Check_FailsThreeTimes_OpensAtTheThird()
    {
        await CheckAsync(Good);
        AssertState(EngineState.Healthy, "answers");
        await CheckAsync(Bad);
        await CheckAsync(Bad);
        AssertState(EngineState.Healthy, "get_status: no reply within 3 s, 2 of 3 times");
        await CheckAsync(Bad);

        AssertState(EngineState.Open, "get_status: no reply within 3 s, 3 times in a row; left alone for 5 s at a time");
        Assert.Equal("3.2.3", _engine.Version);
    }

    [Fact]
    public async Task Check_WhileTheBreakLasts_DoesNotAskAndThenCloses()
    {
        await OpenAsync();
        int asked = 0;
        Task Check() => _engine.CheckAsync(_ => Task.FromResult(++asked > 0 ? Good : Bad), Cancellation);

        _time.Advance(4.9);
        await Check();
        Assert.Equal((0, EngineState.Open), (asked, _engine.Health.State));
        _time.Advance(0.2);
        await Check();

        Assert.Equal(1, asked);
        AssertState(EngineState.Healthy, "answers");
    }

    [Fact]
    public async Task Check_StillBadAfterTheBreak_IsAskedAgainAfterTheSame()
    {
        await OpenAsync();

        Assert.Equal([5, 5, 5, 5], await BreaksAsync(4));

        AssertState(EngineState.Open, "get_status: no reply within 3 s; left alone for 5 s at a time");
    }

    [Fact]
    public async Task Check_BackAndDownAgain_BreaksGrowUpToTheLongest()
    {
        List<double> breaks = [];
        for (int relapse = 0; relapse < 4; relapse++)
        {
            await OpenAsync();
            breaks.AddRange(await BreaksAsync(2));
            _time.Advance(20);
            await CheckAsync(Good);
            Assert.Equal(EngineState.Healthy, _engine.Health.State);
        }

        Assert.Equal([5, 5, 10, 10, 20, 20, 20, 20], breaks);
    }

    [Fact]
    public async Task Check_BackAndFlowing_NextBreakIsShortAgain()
    {
        await OpenAsync();
        _time.Advance(5);
        await CheckAsync(Bad);
        _time.Advance(10);
        await CheckAsync(Good);
        _engine.SessionFlowed(Key(1));

        await OpenAsync();

        AssertState(EngineState.Open, "get_status: no reply within 3 s, 3 times in a row; left alone for 5 s at a time");
    }

    [Theory]
    [InlineData(19, 10)]
    [InlineData(20, 5)]
    public async Task Check_BackAndWellForTheLongestBreak_NextBreakIsShortAgain(double well, double next)
    {
        await OpenAsync();
        _time.Advance(5);
        await CheckAsync(Good);
        _time.Advance(well);

        await OpenAsync();

        Assert.EndsWith($"left alone for {next} s at a time", _engine.Health.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Check_BackAndASessionFailsAgain_OneContentIsEnoughAndTheBreakIsLonger()
    {
        Fail(1, EngineFailureKind.BadReply);
        Fail(2, EngineFailureKind.BadReply);
        _time.Advance(5);
        await CheckAsync(Good);
        Assert.Equal(EngineState.Healthy, _engine.Health.State);

        Fail(3, EngineFailureKind.BadReply);

        Assert.Equal(EngineState.Open, _engine.Health.State);
        Assert.EndsWith("left alone for 10 s at a time", _engine.Health.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Check_SaysItHasNoInternet_IsDegradedAfterThreeAndBackAfterOne()
    {
        for (int time = 0; time < 3; time++)
        {
            Assert.Equal(EngineState.Healthy, _engine.Health.State);
            await CheckAsync(Good with { IsConnected = false });
        }

        AssertState(EngineState.Degraded, "it says that it has no internet connection");
        await CheckAsync(Good);
        AssertState(EngineState.Healthy, "answers");
    }

    [Fact]
    public async Task Check_DoesNotKnowTheNetworkQuestion_IsHealthy()
    {
        for (int time = 0; time < 10; time++)
        {
            await CheckAsync(Good with { IsConnected = null });
        }

        AssertState(EngineState.Healthy, "answers");
    }

    [Fact]
    public async Task States_Several_TheStrongestIsShown()
    {
        await OpenAsync();
        Assert.Equal(EngineState.Open, _engine.Health.State);
        _engine.Drain(true);
        Assert.Equal(EngineState.Draining, _engine.Health.State);
        _engine.List(null);
        Assert.Equal(EngineState.Gone, _engine.Health.State);
    }

    [Fact]
    public void MoveAway_DrainedAndBack_FiresForThoseThatWereThereOnly()
    {
        CancellationToken before = _engine.MoveAway;
        Assert.False(before.IsCancellationRequested);

        _engine.Drain(true);
        _engine.Drain(false);

        Assert.True(before.IsCancellationRequested);
        Assert.False(_engine.MoveAway.IsCancellationRequested);
        _engine.Drain(true);
        Assert.True(_engine.MoveAway.IsCancellationRequested);
    }

    [Fact]
    public async Task Since_StateStays_StaysToo()
    {
        DateTimeOffset started = _time.GetUtcNow();
        _time.Advance(1);
        await CheckAsync(Bad);
        Assert.Equal(started, _engine.Health.Since);
        await CheckAsync(Bad);
        await CheckAsync(Bad);
        Assert.Equal(started.AddSeconds(1), _engine.Health.Since);
    }

    private static ContentKey Key(int content) => ContentKey.ForInfohash($"{content:x40}", 0);

    private void Fail(int content, EngineFailureKind kind) => _engine.SessionFailed(Key(content), new EngineFailure(kind, "it failed"));

    private Task CheckAsync(EngineCheck check) => _engine.CheckAsync(_ => Task.FromResult(check), Cancellation);

    /// <summary>How long it is left alone, again and again, while it stays bad.</summary>
    private async Task<List<double>> BreaksAsync(int trials)
    {
        List<double> breaks = [];
        while (breaks.Count < trials)
        {
            bool isAsked = false;
            double waited = 0;
            for (; !isAsked; waited += 0.5)
            {
                _time.Advance(0.5);
                await _engine.CheckAsync(
                    _ =>
                    {
                        isAsked = true;
                        return Task.FromResult(Bad);
                    },
                    Cancellation);
            }

            breaks.Add(waited);
        }

        return breaks;
    }

    private async Task OpenAsync()
    {
        for (int time = 0; time < 3; time++)
        {
            await CheckAsync(Bad);
        }

        Assert.Equal(EngineState.Open, _engine.Health.State);
    }

    private void AssertState(EngineState state, string reason) => Assert.Equal((state, reason), (_engine.Health.State, _engine.Health.Reason));
}
