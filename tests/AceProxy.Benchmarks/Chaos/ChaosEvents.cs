using System.Globalization;
using System.Text.Json;

namespace AceProxy.Benchmarks.Chaos;

/// <summary>
/// Reads <c>/api/events</c> all the time, at one worker after the other and behind Last-Event-ID, and holds what is told against itself: a client
/// joins once and leaves once, and a worker owns only streams that it has. What lies in a gap that was told is excused, as Redis has lost it.
/// </summary>
internal sealed class ChaosEvents(ChaosCast cast, ChaosTroubles troubles, Action<string> fail)
{
    /// <summary>Then the next worker is asked, as by a reader behind a balancer; and one that stands still is left.</summary>
    private static readonly TimeSpan Visit = TimeSpan.FromSeconds(15);

    /// <summary>An event may have happened so long before it has its place: Redis was away, and a worker stood still.</summary>
    private static readonly TimeSpan Lag = TimeSpan.FromSeconds(40);

    /// <summary>Players stay 41 s at the longest.</summary>
    private static readonly TimeSpan LongestStay = TimeSpan.FromSeconds(60);

    private readonly Dictionary<string, int> _kinds = [];
    private readonly HashSet<string> _told = [];
    private readonly List<(DateTimeOffset After, DateTimeOffset Before)> _gaps = [];
    private readonly Dictionary<string, Stay> _stays = [];
    private readonly Dictionary<(WorkerLife Life, string Stream), Presence> _presences = [];
    private int _repeated;
    private string _last = "0-0";

    /// <summary>How many of each kind.</summary>
    public string Kinds => string.Join(", ", _kinds.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => $"{pair.Key}: {pair.Value}"));

    /// <summary>Events told a second time, excused by a loss of Redis.</summary>
    public int Repeated => _repeated;

    public int Joined => _kinds.GetValueOrDefault("client-joined");

    public async Task RunAsync(CancellationToken cancellation)
    {
        for (int turn = 0; !cancellation.IsCancellationRequested; turn++)
        {
            using var visit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            visit.CancelAfter(Visit);
            try
            {
                await ReadAsync(cast.AllWorkers[turn % cast.AllWorkers.Count].Client, visit.Token);
            }
            catch (Exception exception) when (exception is HttpRequestException or IOException or OperationCanceledException)
            {
                // It is dead, or stands still, or it is the next one's turn.
            }

            await Task.WhenAny(Task.Delay(100, cancellation));
        }
    }

    /// <summary>All players have left, and all was told: who has not left, and what has not stopped, on workers that are there.</summary>
    public void End()
    {
        foreach ((string client, Stay stay) in _stays.Where(pair => pair.Value is { HasLeft: false, Life.IsOver: false }))
        {
            if (!IsLost(stay.JoinedAt, stay.JoinedAt + LongestStay))
            {
                fail($"client {client} of {stay.Stream} joined on {stay.Life.Name} at {stay.JoinedAt:HH:mm:ss.fff} and never left, by what is told");
            }
        }

        foreach (((WorkerLife life, string stream), Presence presence) in _presences.Where(pair => !pair.Key.Life.IsOver))
        {
            if (presence.Started > presence.Stopped && !IsLost(presence.FirstAt, DateTimeOffset.MaxValue - Lag))
            {
                fail($"{stream} has started {presence.Started} times on {life.Name} and stopped {presence.Stopped} times, by what is told");
            }
        }
    }

    private async Task ReadAsync(HttpClient worker, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/events");
        request.Headers.TryAddWithoutValidation("Last-Event-ID", _last);
        using HttpResponseMessage response = await worker.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation);
        response.EnsureSuccessStatusCode();
        using var lines = new StreamReader(await response.Content.ReadAsStreamAsync(cancellation));
        string id = _last, data = "";
        while (await lines.ReadLineAsync(cancellation) is { } line)
        {
            switch (line.Split(": ", 2))
            {
                case ["id", var place]:
                    id = place;
                    break;
                case ["data", var json]:
                    data = json;
                    break;
                case [""]:
                    if (data.Length > 0)
                    {
                        Note(data);
                    }

                    (_last, data) = (id, "");
                    break;
            }
        }
    }

    private void Note(string json)
    {
        using var document = JsonDocument.Parse(json);
        JsonElement told = document.RootElement;
        string kind = told.GetProperty("kind").GetString()!;
        _kinds[kind] = _kinds.GetValueOrDefault(kind) + 1;
        if (kind == "gap")
        {
            _gaps.Add((TimeOf(told, "after"), TimeOf(told, "before")));
            return;
        }

        DateTimeOffset at = told.GetProperty("at").GetDateTimeOffset();
        if (kind == "events-dropped")
        {
            _gaps.Add((DateTimeOffset.MinValue, at));
        }

        if (kind is not ("client-joined" or "client-left" or "stream-started" or "stream-stopped" or "owner-changed"))
        {
            return;
        }

        if (!_told.Add(json))
        {
            NoteRepeated(json, at);
            return;
        }

        string worker = told.GetProperty("worker").GetString()!, stream = told.GetProperty("stream").GetString()!;
        if (cast.LifeOf(worker, at) is not { } life)
        {
            fail($"nobody was worker {worker} then: {json}");
            return;
        }

        DateTimeOffset began = told.TryGetProperty("seconds", out JsonElement seconds) ? at - TimeSpan.FromSeconds(seconds.GetDouble() + 0.1) : at;
        if (kind[0] == 'c')
        {
            NoteClient(kind, told.GetProperty("client").GetString()!, new Stay(life, stream, began), at, json);
        }
        else
        {
            NoteStream(kind, life, stream, began, at, json);
        }
    }

    /// <summary>Redis had it, the answer was lost, and then Redis lost it: it is told again, and nobody can know.</summary>
    private void NoteRepeated(string json, DateTimeOffset at)
    {
        _repeated++;
        if (!troubles.Any(TroubleKind.Redis, at - Lag, DateTimeOffset.UtcNow))
        {
            fail($"told twice: {json}");
        }
    }

    private void NoteClient(string kind, string client, Stay stay, DateTimeOffset at, string json)
    {
        bool isKnown = _stays.TryGetValue(client, out Stay? known);
        if (kind == "client-joined")
        {
            if (isKnown)
            {
                fail($"client {client} has {(known!.HasLeft ? "left" : "joined")} already: {json}");
            }

            _stays.TryAdd(client, stay);
            return;
        }

        if (!isKnown && !IsLost(stay.JoinedAt, at))
        {
            fail($"client {client} never joined: {json}");
        }
        else if (isKnown && (known!.HasLeft || known.Life != stay.Life || known.Stream != stay.Stream))
        {
            fail($"client {client} {(known.HasLeft ? "has left already" : $"joined {known.Stream} on {known.Life.Name}")}: {json}");
        }

        (_stays[client] = known ?? stay).HasLeft = true;
    }

    private void NoteStream(string kind, WorkerLife life, string stream, DateTimeOffset began, DateTimeOffset at, string json)
    {
        bool isKnown = _presences.TryGetValue((life, stream), out Presence? presence);
        presence ??= _presences[(life, stream)] = new Presence { FirstAt = at, SeenAt = life.Began };
        bool isThere = presence.Started > presence.Stopped;
        switch (kind)
        {
            case "stream-started":
                presence.Started++; // before its predecessor has stopped, perhaps
                break;
            case "stream-stopped" when isThere:
                presence.Stopped++;
                break;
            case "stream-stopped" when !IsLost(began, at):
                fail($"it has never started on {life.Name}: {json}");
                break;
            case "owner-changed" when !isThere && !IsLost(isKnown ? presence.SeenAt : life.Began, at):
                fail($"{life.Name} does not have that stream: {json}");
                break;
        }

        presence.SeenAt = at;
    }

    /// <summary>Something that happened between the two may have been lost: it would have had its place, which is later, in a gap.</summary>
    private bool IsLost(DateTimeOffset from, DateTimeOffset to) => _gaps.Exists(gap => gap.Before >= from && gap.After <= to + Lag);

    private static DateTimeOffset TimeOf(JsonElement gap, string place) => DateTimeOffset.FromUnixTimeMilliseconds(
        Math.Min(long.Parse(gap.GetProperty(place).GetString()!.Split('-')[0], CultureInfo.InvariantCulture), DateTimeOffset.MaxValue.ToUnixTimeMilliseconds()));

    /// <param name="life">Where.</param>
    /// <param name="stream">What.</param>
    /// <param name="joinedAt">At the latest, or where only its end was told, at the earliest.</param>
    private sealed class Stay(WorkerLife life, string stream, DateTimeOffset joinedAt)
    {
        public WorkerLife Life => life;

        public string Stream => stream;

        public DateTimeOffset JoinedAt => joinedAt;

        public bool HasLeft { get; set; }
    }

    /// <summary>Of a stream on a worker.</summary>
    private sealed class Presence
    {
        public required DateTimeOffset FirstAt { get; init; }

        public int Started { get; set; }

        public int Stopped { get; set; }

        /// <summary>When it was last told of.</summary>
        public required DateTimeOffset SeenAt { get; set; }
    }
}
