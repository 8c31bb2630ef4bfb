using AceProxy.Upstream.Playback;

namespace AceProxy.Upstream.Recovery;

/// <summary>
/// The ladder: the same URL once, then another session on the same engine once, then another engine; again and again with growing delays
/// until there has been no data for <see cref="UpstreamOptions.GiveUp"/>. Attempts are counted over all engines, and afresh once data has
/// flowed for <see cref="UpstreamOptions.StablePeriod"/>.
/// </summary>
/// <remarks>
/// Rungs are left out where they would lead nowhere. The same URL is not tried where we hung up first: an engine notices at its next write
/// only, and until then lets no other reader in. The same engine is not tried when it is what failed, nobody listening there or nothing
/// coming any more, and there is another. And a start, which has only a few attempts, goes to another engine before it tries one twice.
/// </remarks>
internal sealed class RecoveryPolicy(UpstreamOptions options, TimeProvider time, Random random)
{
    /// <summary>Before any data, a viewer waits for an answer: the same URL, a new session, its URL once more, then an error.</summary>
    private const int MostAttemptsAtStart = 3;

    private static readonly TimeSpan FirstDelay = TimeSpan.FromMilliseconds(50);

    private readonly long _startedAt = time.GetTimestamp();
    private int _attempts;
    private int _attemptsOnSession;
    private int _sessionsOnEngine;

    /// <summary>Sessions opened in a row on the engine in hand, since data last flowed steadily.</summary>
    public int SessionsOnEngine => _sessionsOnEngine;

    /// <summary>A session has been opened, or taken over; what is tried next is its URL.</summary>
    public void SessionOpened(bool isOtherEngine)
    {
        _attemptsOnSession = 0;
        _sessionsOnEngine = isOtherEngine ? 1 : _sessionsOnEngine + 1;
    }

    /// <param name="lastData">The timestamp of the last packet ever read; 0 for none.</param>
    /// <param name="hasOther">There is another engine.</param>
    public RecoveryStep Next(ReadOutcome outcome, long lastData, bool hasOther)
    {
        if (outcome.Flowed >= options.StablePeriod)
        {
            _attempts = 0;
            _attemptsOnSession = 0;
            _sessionsOnEngine = 1;
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

        bool isOfTheEngine = outcome.End is ReadEnd.Unreachable or ReadEnd.NoSession or ReadEnd.HeaderTimeout or ReadEnd.Stalled
            or ReadEnd.Frozen or ReadEnd.Hung or ReadEnd.Looping;
        bool isFree = outcome.End is ReadEnd.EndOfBody or ReadEnd.Reset or ReadEnd.BadResponse or ReadEnd.Unreachable;
        RecoveryAction action =
            isOfTheEngine && hasOther ? RecoveryAction.OtherEngine
            : isFree && _attemptsOnSession == 1 ? RecoveryAction.Reconnect
            : hasOther && (_sessionsOnEngine > 1 || lastData == 0) ? RecoveryAction.OtherEngine
            : RecoveryAction.NewSession;
        return new RecoveryStep(action, Delay());
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
