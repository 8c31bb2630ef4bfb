using AceProxy.Operations;

namespace AceProxy.Top.Fetching;

/// <summary>
/// The cluster as an operator thinks of it: one row a content, a client, an engine and a worker, whichever workers told of it; with rates,
/// which are what counters have grown by since the look before.
/// </summary>
internal sealed class ClusterSnapshot
{
    private static readonly string[] StreamStates = ["playing", "recovering", "opening", "idle", "stopping"];
    private static readonly string[] EngineStates = ["gone", "draining", "open", "degraded", "healthy"];

    /// <summary>A counter by what it counts; another start of the same counts afresh and has another name.</summary>
    private readonly Dictionary<string, long> _counters = new(StringComparer.Ordinal);

    private readonly ClusterLists _lists;
    private readonly ClusterSnapshot? _before;
    private readonly double _seconds;

    private ClusterSnapshot(ClusterLists lists, ClusterSnapshot? before, TimeProvider time)
    {
        (_lists, _before) = (lists, before);
        _seconds = before is null ? 0 : time.GetElapsedTime(before._lists.At, lists.At).TotalSeconds;
        Streams = [.. lists.Streams.Streams.GroupBy(part => part.Key, StringComparer.Ordinal).Select(Stream)];
        Clients = [.. lists.Clients.Clients.Select(Client)];
        Engines = [.. lists.Engines.Engines.GroupBy(part => part.Id, StringComparer.Ordinal).Select(Engine)];
        Workers = [.. lists.Workers.Workers.Select(Worker)];
        Unanswered =
        [
            .. lists.Streams.Unanswered.Concat(lists.Clients.Unanswered).Concat(lists.Engines.Unanswered)
                .Concat(lists.Workers.Workers.Where(worker => !worker.Answers).Select(worker => worker.Id)).Distinct().Order(StringComparer.Ordinal),
        ];
        Note = lists.Streams.Note ?? lists.Clients.Note ?? lists.Engines.Note ?? lists.Workers.Note;
        Problem = lists.Engines.Sources.FirstOrDefault(source => source.Problem is not null) is { } bad ? $"{bad.Name}: {bad.Problem}" : null;
        _before = null; // or all of them would stay
    }

    public IReadOnlyList<StreamRow> Streams { get; }

    public IReadOnlyList<ClientRow> Clients { get; }

    public IReadOnlyList<EngineRow> Engines { get; }

    public IReadOnlyList<WorkerRow> Workers { get; }

    /// <summary>Workers that are there and are missing in this.</summary>
    public IReadOnlyList<string> Unanswered { get; }

    /// <summary>Why this may not be the whole cluster; null if it is.</summary>
    public string? Note { get; }

    /// <summary>What is wrong with a source of engines; null: nothing.</summary>
    public string? Problem { get; }

    /// <summary>Bytes a second from engines; null before there are two looks.</summary>
    public double? In => Streams.Count == 0 ? 0 : Sum(Streams.Select(stream => stream.In));

    /// <summary>Bytes a second to clients.</summary>
    public double? Out => Streams.Count == 0 ? 0 : Sum(Streams.Select(stream => stream.Out));

    /// <param name="before">The last one, for the rates; null: there are none yet.</param>
    public static ClusterSnapshot Of(ClusterLists lists, ClusterSnapshot? before, TimeProvider time) => new(lists, before, time);

    private StreamRow Stream(IGrouping<string, StreamSummary> parts)
    {
        StreamSummary main = parts.FirstOrDefault(part => part.Role == "owner") ?? parts.First();
        double?[] rates = [.. parts.Select(part => RateOf($"out {part.Worker} {part.Key} {part.StartedAt:O}", part.BytesOut))];
        return new StreamRow
        {
            Key = main.Key,
            State = parts.Select(part => part.State).OrderBy(state => PlaceOf(state, StreamStates)).First(),
            Worker = main.Worker,
            Workers = parts.Count(),
            Engine = main.Engine,
            Clients = parts.Sum(part => part.Clients),
            In = RateOf($"in {main.Worker} {main.Key} {main.StartedAt:O}", main.BytesIn),
            Out = Sum(rates),
            Lag = main.Session is { LiveLast: { } newest, Livepos: { } played } ? TimeSpan.FromSeconds(Math.Max(0, newest - played)) : null,
            Silent = main.LastDataAt is { } last ? Since(last) : null,
            Age = Since(parts.Min(part => part.StartedAt)),
            Reconnections = parts.Sum(part => part.Reconnections),
            Jumps = parts.Sum(part => part.Jumps),
            Peers = main.Session?.Peers,
            Note = parts.Select(part => part.Note).FirstOrDefault(note => note is not null),
        };
    }

    private ClientRow Client(ClientSummary client) => new()
    {
        Id = client.Id,
        Address = client.Address,
        Stream = client.Stream,
        Worker = client.Worker,
        Player = client.UserAgent,
        Rate = RateOf($"client {client.Id}", client.Bytes),
        Bytes = client.Bytes,
        Stalled = TimeSpan.FromSeconds(Math.Clamp(client.StalledFor, 0, int.MaxValue)),
        Jumps = client.Jumps,
        Age = Since(client.StartedAt),
    };

    /// <summary>Workers judge for themselves; the worst is shown, and who says so.</summary>
    private EngineRow Engine(IGrouping<string, EngineSummary> parts)
    {
        EngineSummary worst = parts.OrderBy(part => PlaceOf(part.State, EngineStates)).First();
        SessionSummary[] sessions =
        [
            .. _lists.Streams.Streams.Where(stream => stream.Role == "owner" && stream.Engine == worst.Id)
                .Select(stream => stream.Session).OfType<SessionSummary>(),
        ];
        return new EngineRow
        {
            Id = worst.Id,
            State = worst.State,
            Reason = parts.Count() > 1 && parts.Any(part => part.State != worst.State) ? $"{worst.Reason} (says {worst.Worker})" : worst.Reason,
            Sessions = parts.Sum(part => part.Sessions),
            Most = worst.Max,
            Forwarded = worst.Forwarded,
            Connected = worst.Connected,
            Down = sessions.Length == 0 ? null : sessions.Sum(session => session.SpeedDown ?? 0) * 1000.0,
            Peers = sessions.Length == 0 ? null : sessions.Sum(session => session.Peers ?? 0),
            Age = Since(worst.Since),
            Version = worst.Version,
        };
    }

    private WorkerRow Worker(WorkerSummary worker)
    {
        StreamSummary[] streams = [.. _lists.Streams.Streams.Where(stream => stream.Worker == worker.Id)];
        return new WorkerRow
        {
            Id = worker.Id,
            State = !worker.Answers ? "silent" : worker.Draining ? "draining" : "ready",
            Address = worker.Address,
            Streams = worker.Streams,
            Clients = worker.Clients,
            Out = !worker.Answers ? null
                : streams.Length == 0 ? 0
                : Sum(streams.Select(part => RateOf($"out {part.Worker} {part.Key} {part.StartedAt:O}", part.BytesOut))),
            Age = Since(worker.StartedAt),
            Version = worker.Version,
        };
    }

    /// <returns>Bytes a second; null for what was not there before.</returns>
    private double? RateOf(string counter, long value)
    {
        _counters[counter] = value;
        return _before is not null && _seconds > 0 && _before._counters.TryGetValue(counter, out long earlier) && value >= earlier
            ? (value - earlier) / _seconds
            : null;
    }

    private TimeSpan Since(DateTimeOffset moment) => _lists.Now > moment ? _lists.Now - moment : TimeSpan.Zero;

    /// <summary>Of what is known; what is new does not hide the rest.</summary>
    private static double? Sum(IEnumerable<double?> rates) => rates.Aggregate((double?)null, (sum, rate) => rate is null ? sum : (sum ?? 0) + rate);

    private static int PlaceOf(string state, string[] order) => Array.IndexOf(order, state) is >= 0 and var at ? at : order.Length;
}
