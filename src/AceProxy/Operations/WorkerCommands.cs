using System.Text.Json;
using AceProxy.Cluster.Commands;
using AceProxy.Cluster.Workers;
using AceProxy.Engines;
using AceProxy.Engines.Orders;
using AceProxy.Engines.Sources;
using AceProxy.LiveStreams;

namespace AceProxy.Operations;

/// <summary>What this worker answers for its own part, whichever was asked. Every answer is an array: of what it has, or has changed.</summary>
internal sealed class WorkerCommands(
    WorkerIdentity identity, LiveStreamRegistry streams, Throughput throughput, EngineCatalog catalog, EngineOrders orders, EnginePool engines, Drain drain,
    TimeProvider time)
{
    public string Answer(WorkerCommand command) => command.Kind switch
    {
        CommandKind.ListStreams => Json(Streams(command.Argument)),
        CommandKind.ListClients => Json(Clients(command.Argument).Select(one => ClientSummary.Of(one.Client, one.Stream, identity.Id, time))),
        CommandKind.ListEngines => Json(catalog.Engines.Where(engine => command.Argument is not { } id || engine.IsNamed(id)).Select(Describe)),
        CommandKind.DescribeWorker => Json([Describe()]),
        CommandKind.StopStream => Json(streams.Stop(command.Argument!) ? [command.Argument!] : Array.Empty<string>()),
        CommandKind.EndClient => Json(EndClient(command.Argument!)),
        CommandKind.DrainWorker => Json([DrainWorker(true)]),
        CommandKind.UndrainWorker => Json([DrainWorker(false)]),
        CommandKind.OrderEngine => Json(OrderEngine(command.Argument!)),
        _ => "[]",
    };

    private EngineSummary Describe(Engine engine) => EngineSummary.Of(engine, engines, identity.Id);

    private static string Json<T>(IEnumerable<T> items) => JsonSerializer.Serialize(items, JsonSerializerOptions.Web);

    private IEnumerable<StreamSummary> Streams(string? key) => streams.All()
        .Where(stream => key is null || stream.Key.Value == key)
        .Select(stream => StreamSummary.Of(stream, identity.Id, time));

    private IEnumerable<(Client Client, LiveStream Stream)> Clients(string? id) =>
        from stream in streams.All()
        from client in stream.Clients
        where id is null || client.Id == id
        select (client, stream);

    private IEnumerable<string> EndClient(string id)
    {
        foreach ((Client client, _) in Clients(id).ToArray())
        {
            client.End(EndReason.Ended);
            yield return client.Id;
        }
    }

    private WorkerSummary DrainWorker(bool isDrained)
    {
        if (isDrained)
        {
            drain.Begin();
        }
        else
        {
            drain.TryTakeBack();
        }

        return Describe();
    }

    private IEnumerable<EngineSummary> OrderEngine(string text)
    {
        if (EngineOrder.TryParse(text, time.GetUtcNow(), out _) is not { } order)
        {
            return []; // a later version may have sent it
        }

        orders.Take(order);
        return catalog.Find(order.Engine.Id) is { } engine ? [Describe(engine)] : [];
    }

    private WorkerSummary Describe()
    {
        IReadOnlyList<LiveStream> all = streams.All();
        return new WorkerSummary
        {
            Id = identity.Id,
            Address = identity.Address,
            Version = identity.Version,
            StartedAt = identity.Started,
            Streams = all.Count,
            Clients = all.Sum(stream => stream.ClientCount),
            BytesPerSecond = throughput.BytesPerSecond,
            Draining = drain.IsDraining,
            Answers = true,
        };
    }
}
