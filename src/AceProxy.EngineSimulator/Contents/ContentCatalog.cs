using System.Collections.Concurrent;
using AceProxy.EngineSimulator.Http;
using AceProxy.EngineSimulator.Observation;

namespace AceProxy.EngineSimulator.Contents;

/// <summary>The contents an engine knows, by each of the selectors a request can name them with.</summary>
internal sealed class ContentCatalog(EventLog events)
{
    private const string MagnetPrefix = "urn:btih:";
    private readonly ConcurrentDictionary<string, SimulatedContent> _byInfohash = new(StringComparer.OrdinalIgnoreCase);
    private readonly ConcurrentDictionary<string, SimulatedContent> _byContentId = new(StringComparer.OrdinalIgnoreCase);

    public IReadOnlyList<SimulatedContent> All => [.. _byInfohash.Values];

    public SimulatedContent Add(ContentScript script)
    {
        var content = new SimulatedContent(script, events);
        if (!_byInfohash.TryAdd(script.Infohash, content))
            throw new ArgumentException($"A content with infohash {script.Infohash} is there already.", nameof(script));
        if (!_byContentId.TryAdd(script.ContentId, content))
        {
            _byInfohash.TryRemove(script.Infohash, out _);
            throw new ArgumentException($"A content with content id {script.ContentId} is there already.", nameof(script));
        }
        events.Add(EngineEventKind.ContentAdded, script.Infohash);
        return content;
    }

    public bool Remove(SimulatedContent content) =>
        _byInfohash.TryRemove(content.Infohash, out _) & _byContentId.TryRemove(content.ContentId, out _);

    public SimulatedContent? ByInfohash(string infohash) => _byInfohash.GetValueOrDefault(infohash);

    public SimulatedContent? ByContentId(string contentId) => _byContentId.GetValueOrDefault(contentId);

    /// <summary>The first selector there is decides, in the engine's order, even if a later one would find something.</summary>
    public Selection Select(QueryParameters query)
    {
        if ((query["content_id"] ?? query["id"]) is { } contentId)
            return new Selection(SelectorKind.ContentId, ByContentId(contentId));
        if (query["infohash"] is { } infohash)
            return new Selection(SelectorKind.Infohash, ByInfohash(infohash));
        if (query["url"] is { } url)
            return new Selection(SelectorKind.Url, All.FirstOrDefault(content => content.Script.TransportUrl == url));
        if (query["magnet"] is { } magnet)
            return new Selection(SelectorKind.Magnet, ByMagnet(magnet));
        return new Selection(SelectorKind.None, null);
    }

    private SimulatedContent? ByMagnet(string magnet)
    {
        var start = magnet.IndexOf(MagnetPrefix, StringComparison.OrdinalIgnoreCase);
        if (start < 0)
            return null;
        var hash = magnet[(start + MagnetPrefix.Length)..];
        var end = hash.IndexOf('&', StringComparison.Ordinal);
        return ByInfohash(end < 0 ? hash : hash[..end]);
    }
}
