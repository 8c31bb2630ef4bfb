using AceProxy.Content;
using AceProxy.EngineApi;

namespace AceProxy.Engines.Health;

/// <summary>
/// What sessions tell about their engine. A failure may be the content's or the engine's, and one content that fails fifty times says no
/// more than one that fails once; only when different contents fail in a row is the engine the likelier cause.
/// </summary>
internal sealed class SessionEvidence(TimeProvider time)
{
    /// <summary>Different contents that must fail before it is the engine's fault.</summary>
    private const int Enough = 2;

    /// <summary>How long a failure counts: two dead channels an hour apart have nothing to do with each other.</summary>
    private static readonly TimeSpan Window = TimeSpan.FromMinutes(2);

    private readonly List<(ContentKey Content, bool IsDoubtful, string Reason, long At)> _failed = [];

    /// <summary>Different contents failed in ways that only a broken engine fails: no connection, or nonsense for a reply.</summary>
    public bool IsConvicting => Recent().Count(failure => !failure.IsDoubtful) >= Enough;

    /// <summary>
    /// Different contents failed, but some in a way that may be theirs: a channel without peers has no data on the best of engines, and
    /// channels that show one match end with it.
    /// </summary>
    public bool IsSuspicious => Recent().Count() >= Enough;

    /// <summary>The failures in words, the latest last.</summary>
    public string Reason => string.Join("; ", Recent().Select(failure => $"{failure.Content}: {failure.Reason}"));

    /// <returns>False if the engine had no part in it.</returns>
    public bool Failed(ContentKey content, EngineFailure failure)
    {
        if (failure.Kind is not (EngineFailureKind.Unreachable or EngineFailureKind.BadReply
            or EngineFailureKind.Interrupted or EngineFailureKind.TimedOut))
        {
            return false;
        }

        _failed.RemoveAll(other => other.Content == content);
        _failed.Add((content, failure.Kind is EngineFailureKind.TimedOut or EngineFailureKind.Interrupted, failure.Message, time.GetTimestamp()));
        if (_failed.Count > Enough)
        {
            _failed.RemoveAt(_failed.FindIndex(other => other.IsDoubtful) is var doubtful and >= 0 ? doubtful : 0);
        }

        return true;
    }

    /// <summary>A session yields data: whatever was wrong is not the engine.</summary>
    public void Flowed() => _failed.Clear();

    /// <summary>The engine is tried again. The last failure stays, so that one more content that fails is enough.</summary>
    public void KeepLast() => _failed.RemoveRange(0, Math.Max(0, _failed.Count - 1));

    private IEnumerable<(ContentKey Content, bool IsDoubtful, string Reason, long At)> Recent() =>
        _failed.Where(failure => time.GetElapsedTime(failure.At) < Window);
}
