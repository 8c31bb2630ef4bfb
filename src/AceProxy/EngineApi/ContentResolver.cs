using System.Collections.Concurrent;
using System.Text.Json;
using AceProxy.Content;
using AceProxy.Engines;

namespace AceProxy.EngineApi;

/// <summary>
/// Finds the canonical key of what a viewer asked for, so that an id and its infohash meet in one stream. Asks the engine with
/// <c>get_media_files</c>, which opens no session; remembers answers; asks once however many wait.
/// </summary>
internal sealed class ContentResolver(
    EngineClient client, EnginePool engines, EngineApiOptions options, OpeningMetrics metrics, TimeProvider time, ILogger<ContentResolver> logger)
{
    /// <summary>A bound on what is remembered; at 40 + 40 characters an entry, about a megabyte.</summary>
    private const int MostRemembered = 4096;

    /// <summary>Engines that are asked one after the other when they cannot be reached or answer nonsense.</summary>
    private const int MostAsked = 3;

    /// <summary>A content id names one transport file for good; an hour still lets a republished address be noticed.</summary>
    private static readonly TimeSpan Remember = TimeSpan.FromHours(1);

    private readonly ConcurrentDictionary<(SelectorKind, string), (string Infohash, long At)> _known = [];
    private readonly ConcurrentDictionary<(SelectorKind, string), Lazy<Task<string?>>> _asking = [];

    /// <summary>The key to share a stream by, and what to open it with, best first.</summary>
    public async Task<ContentRequest> ResolveAsync(ContentSelector selector, CancellationToken cancellation)
    {
        string? infohash = selector.Kind switch
        {
            SelectorKind.Infohash => selector.Value,
            SelectorKind.Magnet when MagnetLink.TryGetInfohash(selector.Value, out string found) => found,
            _ => Known(selector) ?? await AskAsync(selector, cancellation),
        };
        if (infohash is null)
        {
            return ContentRequest.Unresolved(selector);
        }

        // An id that turned out to be an infohash is opened as one from then on.
        bool wasPasted = selector.Kind == SelectorKind.ContentId && infohash == selector.Value;
        return new ContentRequest(
            ContentKey.ForInfohash(infohash, selector.FileIndex), [wasPasted ? selector with { Kind = SelectorKind.Infohash } : selector]);
    }

    /// <summary>Keeps what an opened session told.</summary>
    public void Learn(ContentSelector selector, string infohash)
    {
        if (selector.Kind is SelectorKind.ContentId or SelectorKind.Url)
        {
            if (_known.Count >= MostRemembered)
            {
                _known.Clear(); // rare and cheap: every entry can be asked for again
            }

            _known[(selector.Kind, selector.Value)] = (infohash, time.GetTimestamp());
        }
    }

    private string? Known(ContentSelector selector) =>
        _known.TryGetValue((selector.Kind, selector.Value), out (string Infohash, long At) entry) && time.GetElapsedTime(entry.At) < Remember
            ? entry.Infohash : null;

    private async Task<string?> AskAsync(ContentSelector selector, CancellationToken cancellation)
    {
        using OpeningWatch phase = metrics.Begin(OpeningPhase.Resolve);
        string? infohash = await AskOnceAsync(selector).WaitAsync(cancellation);
        phase.Done(null);
        return infohash;
    }

    private Task<string?> AskOnceAsync(ContentSelector selector)
    {
        (SelectorKind, string) key = (selector.Kind, selector.Value);
        return _asking.GetOrAdd(key, _ => new Lazy<Task<string?>>(() => AskAsync(selector))).Value;
    }

    private async Task<string?> AskAsync(ContentSelector selector)
    {
        try
        {
            // The answer belongs to all who wait, so no single one's leaving cancels the question.
            return await AskEnginesAsync(selector);
        }
        finally
        {
            _asking.TryRemove((selector.Kind, selector.Value), out _);
        }
    }

    private async Task<string?> AskEnginesAsync(ContentSelector selector)
    {
        await Task.Yield(); // let AskOnceAsync publish this task before it can finish
        var asked = new List<Engine>();
        while (asked.Count < MostAsked && engines.Peek(asked) is { } engine)
        {
            asked.Add(engine);
            (string? infohash, EngineFailure? failure) = await AskEngineAsync(engine, selector);
            if (failure is null)
            {
                return infohash;
            }

            // The content may be to blame for a reply of no use, and the engine knows how to tell; another engine may know better.
            engine.SessionFailed(ContentKey.ForUnresolved(selector), failure);
            if (failure.Kind == EngineFailureKind.TimedOut)
            {
                return null; // the viewer has waited long enough: the content is opened by what it was asked for
            }
        }

        return null;
    }

    private async Task<(string? Infohash, EngineFailure? Failure)> AskEngineAsync(Engine engine, ContentSelector selector)
    {
        string parameter = selector.Kind == SelectorKind.ContentId ? "content_id" : selector.EngineParameter;
        string query = $"/server/api?api_version=3&method=get_media_files&{parameter}={Uri.EscapeDataString(selector.Value)}";
        EngineReply<JsonDocument> reply =
            await client.GetJsonAsync(PinnedUrl.To(engine.Address, query), options.ResolveTimeout, CancellationToken.None);
        string? problem = reply.Failure?.Message;
        string? infohash = null;
        if (reply.IsSuccess)
        {
            using JsonDocument document = reply.Value;
            infohash = EngineJson.Object(document.RootElement, "result") is { } result ? EngineJson.Infohash(result) : null;
            problem = EngineJson.Error(document.RootElement) ?? "the reply has no infohash";
        }

        if (infohash is null)
        {
            EngineLog.Unresolved(logger, engine.Address.Id, ContentKey.ForUnresolved(selector).Value, problem!);
            return (null, reply.Failure);
        }

        EngineLog.Resolved(logger, ContentKey.ForUnresolved(selector).Value, infohash, engine.Address.Id);
        Learn(selector, infohash);
        return (infohash, null);
    }
}
