namespace AceProxy.Upstream;

/// <summary>
/// Decides how to go on after a failure: the same URL once, unless the engine must think that it is still read; then a new session; and
/// so on with growing delays until there has been no data for <see cref="UpstreamOptions.GiveUp"/>. What counts is the time since data
/// last flowed steadily, not a lifetime.
/// </summary>
internal sealed class RecoveryPolicy(UpstreamOptions options, TimeProvider time, Random random)
{
    /// <summary>Before any data, a viewer waits for an answer: the same URL, a new session, its URL once more, then an error.</summary>
    private const int MostAttemptsAtStart = 3;

    private static readonly TimeSpan FirstDelay = TimeSpan.FromMilliseconds(50);

    private readonly long _startedAt = time.GetTimestamp();
    private long _connectedAt = time.GetTimestamp();
    private int _attempts;
    private int _attemptsOnSession;

    /// <summary>A connection begins; a stable period is counted from here.</summary>
    public void Connecting() => _connectedAt = time.GetTimestamp();

    /// <param name="lastData">The timestamp of the last packet ever read; 0 for none.</param>
    public RecoveryStep Next(ReadOutcome outcome, long lastData)
    {
        if (outcome.HadData && time.GetElapsedTime(_connectedAt, lastData) >= options.StablePeriod)
        {
            _attempts = 0;
            _attemptsOnSession = 0;
        }

        _attempts++;
        _attemptsOnSession++;
        bool isOver = lastData == 0
            ? _attempts > MostAttemptsAtStart
            : PatienceLeft(lastData) <= TimeSpan.Zero;
        if (isOver)
        {
            return new RecoveryStep(RecoveryAction.GiveUp, TimeSpan.Zero);
        }

        // Where we hung up first, the engine notices at its next write only, and until then lets no other reader in.
        bool isStillTaken = outcome.End is ReadEnd.HeaderTimeout or ReadEnd.Stalled or ReadEnd.NotTransportStream;
        if (_attemptsOnSession == 1 && !isStillTaken)
        {
            return new RecoveryStep(RecoveryAction.Reconnect, Delay());
        }

        _attemptsOnSession = 0;
        return new RecoveryStep(RecoveryAction.NewSession, Delay());
    }

    /// <summary>How long data may still stay away before the stream is given up; negative when that is over.</summary>
    /// <param name="lastData">The timestamp of the last packet ever read.</param>
    public TimeSpan PatienceLeft(long lastData) => options.GiveUp - time.GetElapsedTime(Math.Max(lastData, _startedAt));

    /// <summary>Doubles from attempt to attempt, between half and the whole of it at random, so that many streams do not knock together.</summary>
    private TimeSpan Delay()
    {
        double doubled = FirstDelay.TotalSeconds * Math.Pow(2, Math.Min(_attempts - 1, 30));
        return TimeSpan.FromSeconds(Math.Min(doubled, options.RetryDelay.TotalSeconds) * (0.5 + (random.NextDouble() / 2)));
    }
}
