using AceProxy.Cluster.Commands;

namespace AceProxy.Operations;

internal static class OperationsRegistration
{
    /// <summary>A worker's.</summary>
    public static IServiceCollection AddOperations(this IServiceCollection services) => services
        .AddSingleton<IReadiness, WorkerReadiness>()
        .AddSingleton<WorkerCommands>()
        .AddSingleton<AnswerCommand>(provider => provider.GetRequiredService<WorkerCommands>().Answer)
        .AddSingleton<ClusterQueries>()
        .AddSingleton<EngineCommands>()
        .AddSingleton<EventSender>()
        .AddSingleton<EventEndpoint>()
        .AddApiDescription();
}
