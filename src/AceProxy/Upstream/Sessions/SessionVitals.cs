using AceProxy.Upstream.Playback;

namespace AceProxy.Upstream.Sessions;

/// <summary>
/// What a session's statistics say about whether to stay with it. Bytes decide; statistics only shorten the wait for them, because each of
/// their signals has been seen on sessions that played well.
/// </summary>
/// <remarks>
/// A session that yields is left only when what it yields repeats itself, see <see cref="IsLoopLikely"/>. One that has been silent for
/// <see cref="QuietFor"/>, less than STALL_TIMEOUT, is left when
/// <list type="bullet">
/// <item>the engine says that it does not know the session,</item>
/// <item>or it had yielded, and <c>downloaded</c> or <c>livepos</c> has stood still for ENGINE_FROZEN_PERIOD,</item>
/// <item>or there is another engine, and this one left a question unanswered that was put after the silence began; two in a row while a
/// session has yielded nothing yet, since an engine that prebuffers is busy.</item>
/// </list>
/// </remarks>
internal sealed class SessionVitals(UpstreamOptions options, WatchOptions watch, TimeProvider time)
{
    private readonly Standstill _downloaded = new(time);
    private readonly Standstill _position = new(time);
    private readonly Standstill _liveLast = new(time);
    private string? _refusal;
    private int _unanswered;

    /// <summary>So long without a packet is silence; engines write several times a second.</summary>
    public TimeSpan QuietFor { get; } = Least(TimeSpan.FromSeconds(3), options.StallTimeout / 2);

    /// <summary>The end of what can be played does not move any more; the bytes have to be looked at.</summary>
    public bool IsLoopLikely => _liveLast.Lasts >= watch.FrozenPeriod;

    public void Told(SessionStatistics statistics)
    {
        _refusal = null;
        _unanswered = 0;
        _downloaded.See(statistics.Downloaded);
        _position.See(statistics.Position);
        _liveLast.See(statistics.LiveLast);
    }

    /// <summary>The engine answered that there is no such session.</summary>
    public void Refused(string words)
    {
        _refusal = words;
        _unanswered = 0;
    }

    /// <param name="silence">For how long no packet had come when it was asked.</param>
    public void Unanswered(TimeSpan silence) => _unanswered += silence >= QuietFor ? 1 : 0;

    /// <summary>Something was answered that says nothing about the session.</summary>
    public void Answered() => _unanswered = 0;

    /// <param name="silence">For how long no packet has come; before the first since the session was opened.</param>
    /// <param name="hadData">It has yielded packets.</param>
    /// <param name="hasOther">There is another engine to go to.</param>
    /// <returns>Why to leave the session, or null to stay.</returns>
    public ReadOutcome? Judge(TimeSpan silence, bool hadData, bool hasOther)
    {
        if (silence < QuietFor)
        {
            return null;
        }

        if (_refusal is not null)
        {
            return new ReadOutcome(ReadEnd.SessionLost, $"silent for {silence.TotalSeconds:0.#} s; the engine says: {_refusal}");
        }

        if (hasOther && _unanswered >= (hadData ? 1 : 2))
        {
            return new ReadOutcome(ReadEnd.Hung, $"silent for {silence.TotalSeconds:0.#} s; the engine does not answer either");
        }

        TimeSpan frozen = _downloaded.Lasts > _position.Lasts ? _downloaded.Lasts : _position.Lasts;
        return hadData && frozen >= watch.FrozenPeriod
            ? new ReadOutcome(ReadEnd.Frozen, $"silent for {silence.TotalSeconds:0.#} s, its numbers stand still for {frozen.TotalSeconds:0} s")
            : null;
    }

    private static TimeSpan Least(TimeSpan one, TimeSpan other) => one < other ? one : other;
}
