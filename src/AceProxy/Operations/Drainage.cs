using AceProxy.Cluster.Commands;
using AceProxy.Engines;
using AceProxy.Engines.Sources;
using AceProxy.Telemetry;

namespace AceProxy.Operations;

/// <summary>Empties an engine on all workers, now by command, and by what lies in Redis for those who did not hear it.</summary>
internal sealed class Drainage(ClusterQueries cluster, EngineCatalog catalog, IServiceProvider services)
{
    private readonly SharedEngineDrains? _shared = services.GetService<SharedEngineDrains>(); // a worker by itself has none

    public async Task<IResult> DrainAsync(bool isDrained, string id, CancellationToken cancellation)
    {
        var order = new WorkerCommand(isDrained ? CommandKind.DrainEngine : CommandKind.UndrainEngine, id);
        Gathered<EngineSummary> drained = await cluster.AskAsync<EngineSummary>(order, null, cancellation);
        if (drained.Items.Count == 0)
        {
            return drained.Unanswered.Count > 0
                ? AdminResults.Nobody($"an engine '{Words.Tame(id)}'", drained)
                : AdminResults.Problem(StatusCodes.Status404NotFound, "No such engine", $"There is no engine '{id}'; ids are host:port.");
        }

        _shared?.Note(drained.Items[0].Id, isDrained);
        Engine? own = catalog.Find(id);
        EngineSummary shown = drained.Items.FirstOrDefault(engine => own is not null && engine.Id == own.Address.Id) ?? drained.Items[0];
        return Results.Ok(new DrainedEngine(shown, drained.Items.Count, drained.Unanswered, drained.Note));
    }
}
