using AceProxy.Telemetry;

namespace AceProxy.Operations;

/// <summary>The refusals of the API, as problem details.</summary>
internal static class AdminResults
{
    public static IResult Problem(int status, string title, string detail) => Results.Problem(detail, statusCode: status, title: title);

    public static IResult Malformed(string parameter, string problem) => Results.Problem(
        $"Parameter '{parameter}' {problem}.", statusCode: StatusCodes.Status400BadRequest, title: "Malformed request",
        extensions: new Dictionary<string, object?> { ["parameter"] = parameter });

    public static IResult NoWorker<T>(string id, Gathered<T> gathered) => gathered.Unanswered.Count == 0
        ? Problem(
            StatusCodes.Status404NotFound, "Not found",
            $"There is no worker '{Words.Tame(id)}'.{(gathered.Note is { } note ? $" {note}." : "")}")
        : Problem(StatusCodes.Status504GatewayTimeout, "The worker did not answer", $"Worker '{Words.Tame(id)}' did not answer in time.");

    /// <summary>Nobody has it; or nobody who has answered, which is another thing.</summary>
    /// <param name="what">Such as <c>a stream 'x'</c>.</param>
    public static IResult Nobody<T>(string what, Gathered<T> gathered) => gathered.Unanswered.Count == 0
        ? Problem(StatusCodes.Status404NotFound, "Not found", $"No worker has {what}.{(gathered.Note is { } note ? $" {note}." : "")}")
        : Results.Problem(
            $"No worker that has answered has {what}; no answer in time from {string.Join(", ", gathered.Unanswered)}.",
            statusCode: StatusCodes.Status504GatewayTimeout, title: "A worker did not answer",
            extensions: new Dictionary<string, object?> { ["unanswered"] = gathered.Unanswered });
}
