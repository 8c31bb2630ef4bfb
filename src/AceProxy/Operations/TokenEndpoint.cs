using System.Text.Json;
using AceProxy.Access.Tokens;
using AceProxy.Content;
using AceProxy.EngineApi;

namespace AceProxy.Operations;

/// <summary><c>POST /api/tokens</c>: <c>{"id": "…", "ttl": 3600, "address": "192.0.2.1"}</c>, the content named as a player names it.</summary>
internal static class TokenEndpoint
{
    public static IEndpointRouteBuilder MapTokens(this IEndpointRouteBuilder routes)
    {
        routes.MapPost("/api/tokens", IssueAsync)
            .WithTags("tokens")
            .WithSummary("Signs a token for a content: {\"id\": \"…\", \"ttl\": 3600, \"address\": \"192.0.2.1\"}, the content named as a player names it.")
            .Produces<IssuedToken>()
            .ProducesProblem(StatusCodes.Status400BadRequest)
            .ProducesProblem(StatusCodes.Status409Conflict)
            .ProducesProblem(StatusCodes.Status415UnsupportedMediaType);
        return routes;
    }

    private static async Task<IResult> IssueAsync(HttpRequest request, StreamTokens tokens, TimeProvider time) => tokens.CanIssue
        ? await JsonBody.UseAsync(request, body => Task.FromResult(Issue(body, tokens, time)))
        : AdminResults.Problem(StatusCodes.Status409Conflict, "No key to sign with", "STREAM_TOKEN_KEYS is not set.");

    private static IResult Issue(JsonElement body, StreamTokens tokens, TimeProvider time)
    {
        if (body.ValueKind != JsonValueKind.Object)
        {
            return AdminResults.Malformed("body", "is not an object such as {\"id\": \"…\", \"ttl\": 3600}");
        }

        return TokenRequest.Read(FieldsOf(body), out SelectorError? error) is { } wanted
            ? Results.Json(IssuedToken.For(wanted, tokens, time))
            : AdminResults.Malformed(error!.Parameter, error.Problem);
    }

    /// <summary>Numbers and strings alike; anything else is text that no field takes.</summary>
    private static IEnumerable<KeyValuePair<string, string>> FieldsOf(JsonElement body) =>
        body.EnumerateObject().Select(field => KeyValuePair.Create(field.Name, EngineJson.Text(body, field.Name) ?? ""));
}
